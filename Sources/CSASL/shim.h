#pragma once
// libsasl2 for Swift: its tables of callbacks, whose functions have types that only a cast can give.
#include <pthread.h>
#include <sasl/sasl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static inline void *sasl_lock_make(void) {
    pthread_mutex_t *lock = malloc(sizeof(pthread_mutex_t));
    if (lock) pthread_mutex_init(lock, NULL);
    return lock;
}
static inline int sasl_lock_take(void *lock) { return pthread_mutex_lock(lock) ? SASL_FAIL : SASL_OK; }
static inline int sasl_lock_give(void *lock) { return pthread_mutex_unlock(lock) ? SASL_FAIL : SASL_OK; }
static inline void sasl_lock_free(void *lock) {
    pthread_mutex_destroy(lock);
    free(lock);
}

/// What the library would write to the system's log stays unsaid: its words come with the answers.
static inline int sasl_say_nothing(void *context, int level, const char *text) {
    (void)context; (void)level; (void)text;
    return SASL_OK;
}

/// Whoever has proved to be somebody may say that he acts for another: the router knows him by the
/// name that he has proved.
static inline int sasl_let_act(sasl_conn_t *talk, void *context, const char *wanted, unsigned wanted_size,
                               const char *proved, unsigned proved_size, const char *realm,
                               unsigned realm_size, struct propctx *properties) {
    (void)talk; (void)context; (void)wanted; (void)wanted_size; (void)proved; (void)proved_size;
    (void)realm; (void)realm_size; (void)properties;
    return SASL_OK;
}

static inline const sasl_callback_t *sasl_server_callbacks(void) {
    static const sasl_callback_t callbacks[] = {
        {SASL_CB_LOG, (int (*)(void))sasl_say_nothing, NULL},
        {SASL_CB_PROXY_POLICY, (int (*)(void))sasl_let_act, NULL},
        {SASL_CB_LIST_END, NULL, NULL},
    };
    return callbacks;
}

/// Functions of NULL: the library asks by `SASL_INTERACT`.
static inline const sasl_callback_t *sasl_client_callbacks(void) {
    static const sasl_callback_t callbacks[] = {
        {SASL_CB_LOG, (int (*)(void))sasl_say_nothing, NULL},
        {SASL_CB_USER, NULL, NULL},
        {SASL_CB_AUTHNAME, NULL, NULL},
        {SASL_CB_PASS, NULL, NULL},
        {SASL_CB_LIST_END, NULL, NULL},
    };
    return callbacks;
}

static inline void sasl_use_locks(void) {
    sasl_set_mutex(sasl_lock_make, sasl_lock_take, sasl_lock_give, sasl_lock_free);
}

/// Answers what the library asks for: the name to prove and the password; nobody is acted for.
static inline void sasl_answer(sasl_interact_t *asked, const char *user, const char *password) {
    for (; asked->id != SASL_CB_LIST_END; asked++) {
        const char *answer = "";
        if (asked->id == SASL_CB_AUTHNAME) answer = user;
        else if (asked->id == SASL_CB_PASS) answer = password;
        else if (asked->defresult) answer = asked->defresult;
        asked->result = answer;
        asked->len = (unsigned)strlen(answer);
    }
}

/// No layer of SASL's own above the stream: TLS is for that.
static inline int sasl_without_layer(sasl_conn_t *talk, unsigned flags) {
    sasl_security_properties_t properties;
    memset(&properties, 0, sizeof properties);
    properties.security_flags = flags;
    return sasl_setprop(talk, SASL_SEC_PROPS, &properties);
}

static inline const char *sasl_proved_name(sasl_conn_t *talk) {
    const void *name = NULL;
    return sasl_getprop(talk, SASL_AUTHUSER, &name) == SASL_OK ? (const char *)name : NULL;
}
