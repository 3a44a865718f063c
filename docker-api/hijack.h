/* docker-api/hijack.h: a POST whose connection then carries raw bytes both ways.
 *
 * Layer: docker-api, private to it. Source: Engine API, "Hijacking". libcurl connects (socket,
 * TLS), CURLOPT_CONNECT_ONLY; from there on the bytes are ours. Nothing here blocks but open,
 * wait and half_close, and those end at an interrupt.
 */
#ifndef PGKEEP_DOCKER_API_HIJACK_H
#define PGKEEP_DOCKER_API_HIJACK_H

#include "docker-api/engine.h"

struct hijack;

enum hijack_state {
    HIJACK_MORE,  /* bytes moved; ask again */
    HIJACK_AGAIN, /* nothing can move now: hijack_wait */
    HIJACK_END,   /* read: the peer has ended the stream; write: the peer reads no more */
    HIJACK_BROKE, /* read: the connection was reset, or ended without TLS's farewell */
};

struct hijack_spec {
    const char *path;
    const json_t *body;
    int64_t deadline_ms; /* of clock_mono_ms; 0: none */
    /* Asked each time that the head has not come for so long; its error is given back. 0: not
     * asked. It may use the engine. */
    int64_t silence_ms;
    struct err *(*on_silence)(void *ctx);
    void *ctx;
};

/* Sends the request and reads the response's head. A refusal is an error as engine_call's are.
 * The caller closes. */
MUST_USE struct err *hijack_open(struct engine *engine, const struct hijack_spec *spec,
                                 struct hijack **out);
void hijack_close(struct hijack *hijack);

/* The status of the answer: 101, or 200 where the upgrade was not agreed to in so many words.
 */
int hijack_status(const struct hijack *hijack);
void hijack_closep(struct hijack **hijack);

/* Receives once and hands what came on, uncopied; an error of on_data is given back. */
MUST_USE struct err *hijack_read(struct hijack *hijack,
                                 struct err *(*on_data)(void *ctx, const uint8_t *data,
                                                        size_t len),
                                 void *ctx, enum hijack_state *out_state);

/* Sends once; *out_sent may be less than len. */
enum hijack_state hijack_write(struct hijack *hijack, const uint8_t *data, size_t len,
                               size_t *out_sent);

/* Tells the peer that no more bytes will come; reading goes on. */
MUST_USE struct err *hijack_half_close(struct hijack *hijack);

/* The connection's descriptor, to poll; only after hijack_read said AGAIN. */
int hijack_fd(const struct hijack *hijack);

/* Waits until there is something to read (or room to write), but not longer than a tick. */
MUST_USE struct err *hijack_wait(struct hijack *hijack, bool also_write);

#endif
