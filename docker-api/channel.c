#include "docker-api/channel.h"
#include "base/interrupt.h"
#include "base/mem.h"
#include <pthread.h>
#include <stdlib.h>

static pthread_once_t setup_once = PTHREAD_ONCE_INIT;

static void set_up(void)
{
    curl_global_init(CURL_GLOBAL_DEFAULT);
}

static void apply_defaults(struct channel *channel)
{
    *channel->error_text = '\0';
    curl_easy_setopt(channel->easy, CURLOPT_ERRORBUFFER, channel->error_text);
}

struct channel *channel_new(void)
{
    struct channel *channel = mem_new(1, sizeof(*channel));

    pthread_once(&setup_once, set_up);
    channel->easy = curl_easy_init();
    channel->multi = curl_multi_init();
    if (!channel->easy || !channel->multi)
        abort(); /* out of memory: libcurl gives no other reason */
    apply_defaults(channel);
    return channel;
}

void channel_free(struct channel *channel)
{
    if (!channel)
        return;
    curl_multi_remove_handle(channel->multi, channel->easy);
    curl_easy_cleanup(channel->easy);
    curl_multi_cleanup(channel->multi);
    free(channel);
}

void channel_reset(struct channel *channel)
{
    curl_multi_remove_handle(channel->multi, channel->easy);
    curl_easy_reset(channel->easy);
    apply_defaults(channel);
}

/* The transfer's result, once there is one. */
static bool finished(struct channel *channel, CURLcode *out_code)
{
    CURLMsg *message;
    int left;

    while ((message = curl_multi_info_read(channel->multi, &left)) != NULL) {
        if (message->msg == CURLMSG_DONE) {
            *out_code = message->data.result;
            return true;
        }
    }
    return false;
}

MUST_USE struct err *channel_run(struct channel *channel, CURLcode *out_code)
{
    CURLMcode code = curl_multi_add_handle(channel->multi, channel->easy);
    int running;

    *out_code = CURLE_FAILED_INIT;
    while (code == CURLM_OK) {
        code = curl_multi_perform(channel->multi, &running);
        if (code != CURLM_OK || finished(channel, out_code))
            break;
        PASS(interrupt_check());
        code = curl_multi_poll(channel->multi, NULL, 0, CHANNEL_TICK_MS, NULL);
    }
    return NULL;
}
