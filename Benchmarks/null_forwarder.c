/* The least that Proton's engine lets a forwarder do: the reference for a router's speed.
 *
 * One thread, one epoll loop, a pn_connection_driver for each connection. The last sender and the
 * last receiver that attach to an address are joined. Each message's bytes go on as they come, the
 * disposition goes back. No routing, no credit rules, no statistics, no security.
 *
 *   cc -O2 -o null_forwarder null_forwarder.c -lqpid-proton
 *   ./null_forwarder PORT [UPSTREAM ADDRESS]
 *
 * With UPSTREAM, the port of another null forwarder that is running, it dials that and receives
 * ADDRESS from it: the second of a chain.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <proton/connection.h>
#include <proton/connection_driver.h>
#include <proton/delivery.h>
#include <proton/link.h>
#include <proton/sasl.h>
#include <proton/session.h>
#include <proton/terminus.h>
#include <proton/transport.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CREDIT = 250, MAX_FRAME = 65536, READ_SIZE = 65536, CHUNK = 65536, UNSENT_LIMIT = 128 << 10, INCOMING_WINDOW = 16 << 20 };

typedef struct conn {
  int fd, queued, wants_write;
  pn_connection_driver_t driver;
  struct conn *next; /* in the list of connections with work to do */
} conn_t;

typedef struct route {
  char address[64];
  pn_link_t *from, *to; /* from: where messages come in; to: where they go out */
  conn_t *from_conn, *to_conn;
  int stalled; /* `to` has too many unsent bytes: messages wait in `from` */
} route_t;

static route_t routes[4096];
static int route_count, epoll_fd;
static conn_t *work;
static char chunk[CHUNK];

static void enqueue(conn_t *c) {
  if (!c->queued) { c->queued = 1; c->next = work; work = c; }
}

static route_t *route_for(const char *address) {
  for (int i = 0; i < route_count; i++)
    if (!strcmp(routes[i].address, address)) return &routes[i];
  route_t *r = &routes[route_count++];
  strncpy(r->address, address, sizeof r->address - 1);
  return r;
}

/* Moves what has arrived on the route's incoming link to its outgoing link. */
static void pump(route_t *r) {
  static uint64_t next_tag;
  if (!r->from || !r->to) return;
  pn_delivery_t *in;
  while ((in = pn_link_current(r->from)) && pn_delivery_readable(in)) {
    if (pn_session_outgoing_bytes(pn_link_session(r->to)) > UNSENT_LIMIT) { r->stalled = 1; break; }
    pn_delivery_t *out = pn_delivery_get_context(in);
    if (!out) {
      uint64_t tag = ++next_tag;
      out = pn_delivery(r->to, pn_dtag((const char *)&tag, sizeof tag));
      pn_delivery_set_context(in, out);
      pn_delivery_set_context(out, in);
    }
    ssize_t n = pn_link_recv(r->from, chunk, CHUNK);
    if (n > 0) pn_link_send(r->to, chunk, n);
    enqueue(r->to_conn);
    if (pn_delivery_partial(in) || pn_delivery_pending(in)) {
      enqueue(r->from_conn); /* its peer hears of the window that has opened, or a message above the window stops for ever */
      if (n <= 0) break;
      continue;
    }
    pn_link_advance(r->from);
    pn_link_advance(r->to);
    if (pn_delivery_settled(in)) {
      pn_delivery_settle(out);
      pn_delivery_settle(in);
    }
    pn_link_flow(r->from, 1);
    enqueue(r->from_conn);
  }
}

static void on_disposition(route_t *r, pn_delivery_t *out) {
  pn_delivery_t *in = pn_delivery_get_context(out);
  if (in && pn_delivery_remote_state(out)) {
    pn_delivery_update(in, pn_delivery_remote_state(out));
    pn_delivery_settle(in);
    pn_delivery_set_context(out, NULL);
    enqueue(r->from_conn);
  }
  if (pn_delivery_settled(out)) pn_delivery_settle(out);
}

static void on_attach(conn_t *c, pn_link_t *link) {
  int outgoing = pn_link_is_sender(link);
  pn_terminus_copy(pn_link_source(link), pn_link_remote_source(link));
  pn_terminus_copy(pn_link_target(link), pn_link_remote_target(link));
  pn_link_set_snd_settle_mode(link, pn_link_remote_snd_settle_mode(link));
  route_t *r = route_for(pn_terminus_get_address(outgoing ? pn_link_source(link) : pn_link_target(link)));
  pn_link_set_context(link, r);
  pn_link_open(link);
  if (outgoing) {
    r->to = link, r->to_conn = c;
  } else {
    r->from = link, r->from_conn = c;
    pn_link_flow(link, CREDIT);
  }
}

static void handle(conn_t *c, pn_event_t *e) {
  pn_link_t *link = pn_event_link(e);
  route_t *r = link ? pn_link_get_context(link) : NULL;
  switch (pn_event_type(e)) {
  case PN_CONNECTION_REMOTE_OPEN: pn_connection_open(pn_event_connection(e)); break;
  case PN_SESSION_REMOTE_OPEN:
    if (pn_session_state(pn_event_session(e)) & PN_LOCAL_ACTIVE) break;
    pn_session_set_incoming_capacity(pn_event_session(e), INCOMING_WINDOW);
    pn_session_open(pn_event_session(e));
    break;
  case PN_LINK_REMOTE_OPEN:
    if (!(pn_link_state(link) & PN_LOCAL_ACTIVE)) on_attach(c, link);
    break;
  case PN_DELIVERY:
    if (pn_link_is_receiver(link)) pump(r);
    else if (pn_delivery_updated(pn_event_delivery(e))) on_disposition(r, pn_event_delivery(e));
    break;
  case PN_LINK_REMOTE_CLOSE:
    if (r && r->from == link) r->from = NULL;
    if (r && r->to == link) r->to = NULL;
    pn_link_close(link);
    break;
  case PN_CONNECTION_REMOTE_CLOSE: pn_connection_close(pn_event_connection(e)); break;
  default: break;
  }
}

static void process(conn_t *c) {
  for (pn_event_t *e; (e = pn_connection_driver_next_event(&c->driver));) handle(c, e);
}

static void watch(conn_t *c, int for_write) {
  if (c->wants_write == for_write) return;
  c->wants_write = for_write;
  struct epoll_event ev = {.events = EPOLLIN | (for_write ? EPOLLOUT : 0), .data.ptr = c};
  epoll_ctl(epoll_fd, EPOLL_CTL_MOD, c->fd, &ev);
}

static void flush(conn_t *c) {
  for (;;) {
    pn_bytes_t b = pn_connection_driver_write_buffer(&c->driver);
    if (!b.size) break;
    ssize_t n = send(c->fd, b.start, b.size, MSG_NOSIGNAL);
    if (n >= 0) {
      pn_connection_driver_write_done(&c->driver, n);
    } else if (errno == EAGAIN) {
      watch(c, 1);
      return;
    } else {
      pn_connection_driver_close(&c->driver);
      break;
    }
  }
  watch(c, 0);
}

static void resume_stalled(conn_t *to_conn) {
  for (int i = 0; i < route_count; i++) {
    route_t *r = &routes[i];
    if (r->stalled && r->to_conn == to_conn) { r->stalled = 0; pump(r); }
  }
}

static void forget(conn_t *c) {
  for (int i = 0; i < route_count; i++) {
    if (routes[i].from_conn == c) routes[i].from = NULL, routes[i].from_conn = NULL;
    if (routes[i].to_conn == c) routes[i].to = NULL, routes[i].to_conn = NULL;
  }
  epoll_ctl(epoll_fd, EPOLL_CTL_DEL, c->fd, NULL);
  close(c->fd);
  pn_connection_driver_destroy(&c->driver);
}

static void accept_one(int listener) {
  int one = 1, fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd < 0) return;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  conn_t *c = calloc(1, sizeof *c);
  c->fd = fd;
  pn_connection_driver_init(&c->driver, NULL, NULL);
  pn_transport_set_server(c->driver.transport);
  pn_transport_set_max_frame(c->driver.transport, MAX_FRAME);
  pn_sasl_allowed_mechs(pn_sasl(c->driver.transport), "ANONYMOUS");
  pn_transport_require_auth(c->driver.transport, false);
  struct epoll_event ev = {.events = EPOLLIN, .data.ptr = c};
  epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &ev);
}

/* Becomes a receiver of another null forwarder, which sends what it gets for `address`. */
static void dial(int port, const char *address) {
  int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  if (connect(fd, (struct sockaddr *)&at, sizeof at)) { perror("connect"); exit(1); }
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  ioctl(fd, FIONBIO, &one);
  conn_t *c = calloc(1, sizeof *c);
  c->fd = fd;
  pn_connection_driver_init(&c->driver, NULL, NULL);
  pn_transport_set_max_frame(c->driver.transport, MAX_FRAME);
  pn_sasl_allowed_mechs(pn_sasl(c->driver.transport), "ANONYMOUS");
  pn_connection_set_container(c->driver.connection, "second");
  pn_connection_open(c->driver.connection);
  pn_session_t *s = pn_session(c->driver.connection);
  pn_session_set_incoming_capacity(s, INCOMING_WINDOW);
  pn_session_open(s);
  pn_link_t *l = pn_receiver(s, "bridge");
  pn_terminus_set_address(pn_link_source(l), address);
  pn_link_open(l);
  route_t *r = route_for(address);
  pn_link_set_context(l, r);
  r->from = l; r->from_conn = c;
  pn_link_flow(l, CREDIT);
  struct epoll_event ev = {.events = EPOLLIN, .data.ptr = c};
  epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &ev);
  enqueue(c);
  process(c);
  flush(c);
}

static void receive(conn_t *c) {
  pn_rwbytes_t b = pn_connection_driver_read_buffer_sized(&c->driver, READ_SIZE);
  if (!b.size) return;
  ssize_t n = recv(c->fd, b.start, b.size, 0);
  if (n > 0) pn_connection_driver_read_done(&c->driver, n);
  else if (n == 0) pn_connection_driver_read_close(&c->driver);
  else if (errno != EAGAIN) pn_connection_driver_close(&c->driver);
}

int main(int argc, char **argv) {
  if (argc != 2 && argc != 4) { fprintf(stderr, "usage: %s PORT [UPSTREAM ADDRESS]\n", argv[0]); return 2; }
  int one = 1, listener = socket(AF_INET, SOCK_STREAM, 0);
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[1])), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  if (bind(listener, (struct sockaddr *)&at, sizeof at) || listen(listener, 1024)) { perror("listen"); return 1; }
  epoll_fd = epoll_create1(0);
  struct epoll_event ev = {.events = EPOLLIN, .data.ptr = NULL};
  epoll_ctl(epoll_fd, EPOLL_CTL_ADD, listener, &ev);
  if (argc == 4) dial(atoi(argv[2]), argv[3]);
  for (;;) {
    struct epoll_event events[64];
    int n = epoll_wait(epoll_fd, events, 64, -1);
    for (int i = 0; i < n; i++) {
      conn_t *c = events[i].data.ptr;
      if (!c) { accept_one(listener); continue; }
      if (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) receive(c);
      enqueue(c);
    }
    while (work) {
      conn_t *c = work;
      work = c->next;
      c->queued = 0;
      process(c);
      flush(c);
      process(c);
      resume_stalled(c);
      if (pn_connection_driver_finished(&c->driver)) { forget(c); if (!c->queued) free(c); }
    }
  }
}
