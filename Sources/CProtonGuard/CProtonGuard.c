// Proton up to 0.37 asserts what a peer is to keep: that the first of several transfers of a
// delivery has a delivery-id. Distributions build it with assertions on, so that one frame of any
// client would end the process. The executable's __assert_fail goes before the C library's, for
// Proton as well: here it leaves the engine when that assertion fails, and does what the C library
// does for any other.
#include "CProtonGuard.h"

#include <proton/connection_driver.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Thread_local jmp_buf *way_out;

bool martlet_read_done(void *driver, size_t count) {
    jmp_buf here;
    if (_setjmp(here)) return false;
    way_out = &here;
    pn_connection_driver_read_done(driver, count);
    way_out = NULL;
    return true;
}

__attribute__((noreturn, visibility("default"))) void __assert_fail(
    const char *assertion, const char *file, unsigned int line, const char *function) {
    jmp_buf *target = way_out;
    if (target && !strcmp(assertion, "id_present") && !strcmp(function, "pn_do_transfer")) {
        way_out = NULL;
        _longjmp(*target, 1);
    }
    fprintf(stderr, "%s:%u: %s: Assertion `%s' failed.\n", file, line, function, assertion);
    abort();
}
