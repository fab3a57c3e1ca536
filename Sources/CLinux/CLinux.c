#define _GNU_SOURCE
#include "CLinux.h"

#include <link.h>
#include <sys/mman.h>
#include <unistd.h>

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

static int let_object_go(struct dl_phdr_info *object, size_t size, void *context) {
    (void)size, (void)context;
    const ElfW(Addr) page = (ElfW(Addr))sysconf(_SC_PAGESIZE);
    for (int index = 0; index < object->dlpi_phnum; index++) {
        const ElfW(Phdr) *segment = &object->dlpi_phdr[index];
        if (segment->p_type != PT_LOAD || segment->p_flags & PF_W) continue;
        const ElfW(Addr) start = object->dlpi_addr + segment->p_vaddr;
        const ElfW(Addr) first = start / page * page;
        const ElfW(Addr) end = (start + segment->p_memsz + page - 1) / page * page;
        madvise((void *)first, end - first, MADV_DONTNEED);
    }
    return 0;
}

void let_code_go(void) { dl_iterate_phdr(let_object_go, NULL); }
