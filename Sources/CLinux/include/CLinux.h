#pragma once
// The parts of Linux's C interface that Swift's Glibc overlay leaves out. Nothing that the overlay
// has may be included under other feature macros here, or the two modules would disagree.
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <pthread.h>

int accept4(int socket, struct sockaddr *address, socklen_t *length, int flags);
int pthread_setname_np(pthread_t thread, const char *name);
