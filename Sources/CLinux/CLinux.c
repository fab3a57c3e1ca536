#include "CLinux.h"

static int count;
static char **texts;

// The C library gives constructors what it gives main. Swift's CommandLine looks for it beside the
// environment instead, and finds nothing once a preloaded library has set a variable.
__attribute__((constructor)) static void keep(int given_count, char **given_texts) {
    count = given_count;
    texts = given_texts;
}

int given_argument_count(void) { return count; }
char **given_arguments(void) { return texts; }
