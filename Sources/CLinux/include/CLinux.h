#pragma once
// The parts of Linux's C interface that Swift's Glibc overlay leaves out. Nothing that the overlay
// has may be included under other feature macros here, or the two modules would disagree.
#include <malloc.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <getopt.h>
#include <pthread.h>

int accept4(int socket, struct sockaddr *address, socklen_t *length, int flags);
int pthread_setname_np(pthread_t thread, const char *name);

// The state of getopt_long, which Swift may not touch as global variables.
static inline char *getopt_argument(void) { return optarg; }
static inline int getopt_next(void) { return optind; }
static inline void getopt_restart(void) { optind = 0; }

// Macros that call functions.
#include <signal.h>
static inline int first_realtime_signal(void) { return SIGRTMIN; }
static inline int last_realtime_signal(void) { return SIGRTMAX; }

// What the kernel started the program with.
int given_argument_count(void);
char **given_arguments(void);

// Lets go of the pages of every segment that cannot be written to, and so is as in its file.
void let_code_go(void);
