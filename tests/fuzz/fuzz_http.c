/* tests/fuzz/fuzz_http.c: what an engine answers, on hostile bytes: heads, bodies, JSON lines.
 *
 * Input: a byte (even: an HTTP answer; odd: lines of JSON), the pieces (fuzz.h), the stream.
 */
#include "docker-api/http_body.h"
#include "docker-api/http_head.h"
#include "docker-api/json_lines.h"
#include "tests/fuzz/fuzz.h"

#define HEADER_BYTES (1 + FUZZ_PIECES_BYTES)

struct outcome {
    bool whole;
    enum err_kind kind; /* otherwise */
    uint64_t bytes;     /* of the body; JSON: the number of documents */
    uint64_t digest;
};

struct answer {
    struct http_head head;
    struct http_body body;
    struct outcome outcome;
};

static struct err *on_body(void *ctx, const uint8_t *data, size_t len)
{
    struct outcome *outcome = ctx;

    FUZZ_CHECK(len > 0);
    outcome->bytes += len;
    fuzz_digest(&outcome->digest, data, len);
    return NULL;
}

static void end_of_head(struct answer *answer)
{
    const struct http_head *head = &answer->head;

    FUZZ_CHECK(head->status >= 100 && head->status <= 999 && head->content_length >= -1);
    FUZZ_CHECK(head->seen <= HTTP_HEAD_MAX_BYTES);
    fuzz_digest_number(&answer->outcome.digest, (uint64_t)head->status);
    fuzz_digest_number(&answer->outcome.digest, (uint64_t)head->content_length);
    fuzz_digest_number(&answer->outcome.digest, head->chunked);
    fuzz_digest_text(&answer->outcome.digest, head->content_type);
    http_body_init(&answer->body, head);
}

static struct err *feed_answer(void *ctx, const uint8_t *data, size_t len)
{
    struct answer *answer = ctx;
    bool before = answer->head.done;
    size_t used = 0;

    if (!before) {
        PASS(http_head_feed(&answer->head, data, len, &used));
        FUZZ_CHECK(used <= len && (used == len || answer->head.done));
    }
    if (!before && answer->head.done)
        end_of_head(answer);
    if (answer->head.done)
        PASS(http_body_feed(&answer->body, data + used, len - used, on_body, &answer->outcome));
    return NULL;
}

static void judge(struct outcome *outcome, const struct err *e)
{
    outcome->whole = e == NULL;
    if (e)
        outcome->kind = e->kind;
}

static struct outcome read_answer(const uint8_t *data, size_t len, struct fuzz_pieces pieces)
{
    struct answer answer = {.outcome.digest = FUZZ_DIGEST_START};
    AUTO(err_freep) struct err *e = NULL;

    http_head_init(&answer.head);
    e = fuzz_feed(&pieces, data, len, feed_answer, &answer);
    if (!e && !answer.head.done)
        e = err_new(ERR_CUT, "the head has no end");
    if (!e)
        e = http_body_finish(&answer.body);
    judge(&answer.outcome, e);
    http_head_clear(&answer.head);
    FUZZ_CHECK(answer.outcome.bytes <= len);
    return answer.outcome;
}

static struct err *on_value(void *ctx, const json_t *value)
{
    struct outcome *outcome = ctx;
    AUTO(mem_freep) char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_SORT_KEYS);

    FUZZ_CHECK(text != NULL);
    fuzz_digest_text(&outcome->digest, text);
    outcome->bytes++;
    return NULL;
}

static struct err *feed_lines(void *ctx, const uint8_t *data, size_t len)
{
    return json_lines_feed(ctx, data, len);
}

static struct outcome read_lines(const uint8_t *data, size_t len, struct fuzz_pieces pieces)
{
    struct outcome outcome = {.digest = FUZZ_DIGEST_START};
    AUTO(json_lines_clear) struct json_lines lines = JSON_LINES_INIT(on_value, &outcome);
    AUTO(err_freep) struct err *e = fuzz_feed(&pieces, data, len, feed_lines, &lines);

    if (!e)
        e = json_lines_finish(&lines);
    judge(&outcome, e);
    return outcome;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < HEADER_BYTES)
        return 0;

    struct outcome (*const read)(const uint8_t *, size_t, struct fuzz_pieces) =
        data[0] % 2 == 0 ? read_answer : read_lines;
    const uint8_t *stream = data + HEADER_BYTES;
    const size_t len = size - HEADER_BYTES;
    struct outcome whole = read(stream, len, (struct fuzz_pieces){0});
    struct outcome pieces = read(stream, len, fuzz_pieces_of(data + 1));

    FUZZ_CHECK(whole.whole == pieces.whole);
    FUZZ_CHECK(whole.whole || whole.kind == pieces.kind);
    FUZZ_CHECK(whole.bytes == pieces.bytes && whole.digest == pieces.digest);
    return 0;
}
