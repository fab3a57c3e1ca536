#pragma once
// OpenSSL for Swift: what its headers give only as macros, and what walks lists of unions.
#include <openssl/engine.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/store.h>
#include <openssl/ui.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

static inline void tls_set_modes(SSL_CTX *context) {
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER
                                  | SSL_MODE_RELEASE_BUFFERS);
    // One call takes in one record, whatever a peer has sent ahead.
    SSL_CTX_clear_mode(context, SSL_MODE_AUTO_RETRY);
}

static inline void tls_set_options(SSL_CTX *context) {
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION
                                     | SSL_OP_IGNORE_UNEXPECTED_EOF
                                     | SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_set_dh_auto(context, 1);
    SSL_CTX_set_num_tickets(context, 1);
    SSL_CTX_set_session_cache_mode(
        context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
}

static inline int tls_set_versions(SSL_CTX *context, int least, int most) {
    return SSL_CTX_set_min_proto_version(context, least)
           && SSL_CTX_set_max_proto_version(context, most);
}

static inline void tls_exclude(SSL_CTX *context, uint64_t options) {
    SSL_CTX_set_options(context, options);
}

static inline int tls_add_chain(SSL_CTX *context, X509 *certificate) {
    return (int)SSL_CTX_add1_chain_cert(context, certificate);
}

static inline int tls_set_server_name(SSL *session, const char *name) {
    return (int)SSL_set_tlsext_host_name(session, name);
}

static inline void tls_on_server_name(SSL_CTX *context, int (*chosen)(SSL *, int *, void *)) {
    SSL_CTX_set_tlsext_servername_callback(context, chosen);
}

static inline void *tls_owner(const SSL *session) { return SSL_get_app_data(session); }
static inline void tls_set_owner(SSL *session, void *owner) { SSL_set_app_data(session, owner); }

static inline void *tls_owner_in_check(X509_STORE_CTX *check) {
    SSL *session = X509_STORE_CTX_get_ex_data(check, SSL_get_ex_data_X509_STORE_CTX_idx());
    return session ? SSL_get_app_data(session) : NULL;
}

/// A password is given or there is none: the terminal is never asked.
static inline int tls_give_password(char *room, int size, int writes, void *password) {
    (void)writes;
    if (!password) return -1;
    int count = (int)strlen((const char *)password);
    if (count > size) return -1;
    memcpy(room, password, count);
    return count;
}

static inline EVP_PKEY *tls_read_key(BIO *text, const char *password) {
    return PEM_read_bio_PrivateKey(text, NULL, tls_give_password, (void *)password);
}

static inline X509 *tls_read_certificate(BIO *text) {
    return PEM_read_bio_X509_AUX(text, NULL, tls_give_password, NULL);
}

static inline X509_CRL *tls_read_revocations(BIO *text) {
    return PEM_read_bio_X509_CRL(text, NULL, tls_give_password, NULL);
}

/// The first object of a kind that a store's URI names; NULL if there is none.
static inline OSSL_STORE_INFO *tls_open_store(const char *uri, const char *password, int kind) {
    UI_METHOD *asking = UI_UTIL_wrap_read_pem_callback(tls_give_password, 0);
    OSSL_STORE_CTX *store = OSSL_STORE_open(uri, asking, (void *)password, NULL, NULL);
    OSSL_STORE_INFO *found = NULL;
    if (store) {
        OSSL_STORE_expect(store, kind);
        while (!found && !OSSL_STORE_eof(store)) {
            OSSL_STORE_INFO *next = OSSL_STORE_load(store);
            if (next && OSSL_STORE_INFO_get_type(next) == kind) found = next;
            else if (next) OSSL_STORE_INFO_free(next);
            else if (OSSL_STORE_error(store)) break;
        }
        OSSL_STORE_close(store);
    }
    UI_destroy_method(asking);
    return found;
}

/// A key that a token keeps for itself, by the engine for PKCS#11, where no provider has stores of that
/// kind; NULL if there is none. The engine stays for the life of the process, as its keys may.
static inline EVP_PKEY *tls_engine_key(const char *uri, const char *password) {
    ENGINE_load_builtin_engines();
    ENGINE *engine = ENGINE_by_id("pkcs11");
    if (!engine || !ENGINE_init(engine)) return NULL;
    if (password) ENGINE_ctrl_cmd_string(engine, "PIN", password, 0);
    return ENGINE_load_private_key(engine, uri, NULL, NULL);
}

/// Seconds since 1970.
static inline int64_t tls_seconds(const ASN1_TIME *time) {
    struct tm parts;
    return time && ASN1_TIME_to_tm(time, &parts) ? (int64_t)timegm(&parts) : 0;
}

static inline void tls_print_name(const X509_NAME *name, BIO *text) {
    X509_NAME_print_ex(text, name, 0, XN_FLAG_RFC2253);
}

/// One line for each name of a certificate's subject, at most `most`.
static inline void tls_print_names(const X509 *certificate, BIO *text, int most) {
    GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
    int count = sk_GENERAL_NAME_num(names);
    for (int index = 0; index < count && index < most; index++) {
        GENERAL_NAME_print(text, sk_GENERAL_NAME_value(names, index));
        BIO_puts(text, "\n");
    }
    GENERAL_NAMES_free(names);
}

/// The certificate of a chain that a check has built; NULL beyond its end.
static inline X509 *tls_chain_member(X509_STORE_CTX *check, int index) {
    return sk_X509_value(X509_STORE_CTX_get0_chain(check), index);
}

static inline long tls_memory(BIO *text, char **start) { return BIO_get_mem_data(text, start); }
static inline int tls_reason(unsigned long code) { return ERR_GET_REASON(code); }
static inline int tls_library(unsigned long code) { return ERR_GET_LIB(code); }
