// Counts the allocations of a router's workers, by the threads' names: what other threads do goes by the
// clock, and not by messages. Proton's own are excepted: it keeps what it frees, and how much of it
// depends on how much was under way at once. Preloaded into a router by test_allocations.py, which
// reads the count from the file that ALLOCATIONS names.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

// The C library's own names of what is replaced here.
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

static _Atomic uint64_t unread;
static _Atomic uint64_t *total = &unread;
static uintptr_t proton_start, proton_end;

static int find_proton(struct dl_phdr_info *object, size_t size, void *context) {
    (void)size, (void)context;
    if (!strstr(object->dlpi_name, "libqpid-proton")) return 0;
    proton_start = object->dlpi_addr;
    for (int i = 0; i < object->dlpi_phnum; i++) {
        uintptr_t end = object->dlpi_addr + object->dlpi_phdr[i].p_vaddr + object->dlpi_phdr[i].p_memsz;
        if (object->dlpi_phdr[i].p_type == PT_LOAD && end > proton_end) proton_end = end;
    }
    return 1;
}

__attribute__((constructor)) static void begin(void) {
    dl_iterate_phdr(find_proton, NULL);
    const char *path = getenv("ALLOCATIONS");
    int file = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    if (file < 0) return;
    void *shared = mmap(NULL, sizeof *total, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    if (shared != MAP_FAILED) total = shared;
}

// Whether the calling thread is a worker, once it has that name.
static int is_worker(void) {
    static _Thread_local int known __attribute__((tls_model("initial-exec")));
    char name[16] = "";
    if (!known && prctl(PR_GET_NAME, name) == 0)
        known = !strncmp(name, "martlet-", 8) && name[8] >= '0' && name[8] <= '9';
    return known;
}

static void count(void *caller) {
    uintptr_t place = (uintptr_t)caller;
    if (place >= proton_start && place < proton_end) return;
    if (!is_worker()) return;
    atomic_fetch_add_explicit(total, 1, memory_order_relaxed);
}

void *malloc(size_t size) {
    count(__builtin_return_address(0));
    return __libc_malloc(size);
}

void *calloc(size_t number, size_t size) {
    count(__builtin_return_address(0));
    return __libc_calloc(number, size);
}

void *realloc(void *old, size_t size) {
    count(__builtin_return_address(0));
    return __libc_realloc(old, size);
}

int posix_memalign(void **room, size_t alignment, size_t size) {
    count(__builtin_return_address(0));
    *room = __libc_memalign(alignment, size);
    return *room ? 0 : ENOMEM;
}

void *aligned_alloc(size_t alignment, size_t size) {
    count(__builtin_return_address(0));
    return __libc_memalign(alignment, size);
}
