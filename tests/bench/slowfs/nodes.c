/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/bench/slowfs/nodes.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define BUCKETS ((size_t)64 * 1024)

/* With room for the longest. */
union handle {
    struct file_handle handle;
    char room[sizeof(struct file_handle) + MAX_HANDLE_SZ];
};

struct node {
    struct node *next; /* in its bucket */
    uint64_t ino;
    uint64_t generation;
    uint64_t n_told;
    union handle handle;
};

struct nodes {
    int root_fd;
    uint64_t root;
    pthread_mutex_t lock; /* of the rest */
    struct node *buckets[BUCKETS];
};

struct nodes *nodes_new(int root_fd, uint64_t root)
{
    struct nodes *nodes = calloc(1, sizeof(*nodes));

    if (nodes != NULL) {
        nodes->root_fd = root_fd;
        nodes->root = root;
        (void)pthread_mutex_init(&nodes->lock, NULL);
    }
    return nodes;
}

/* Where the pointer to the node is, or would be put. */
static struct node **place_of(struct nodes *nodes, uint64_t ino)
{
    struct node **at = &nodes->buckets[ino % BUCKETS];

    while (*at != NULL && (*at)->ino != ino) {
        at = &(*at)->next;
    }
    return at;
}

int nodes_open(struct nodes *nodes, uint64_t node)
{
    union handle handle;
    const struct node *known;

    if (node == nodes->root) {
        return openat(nodes->root_fd, ".", O_PATH | O_CLOEXEC);
    }
    (void)pthread_mutex_lock(&nodes->lock);
    known = *place_of(nodes, node);
    if (known != NULL) {
        handle = known->handle;
    }
    (void)pthread_mutex_unlock(&nodes->lock);
    if (known == NULL) {
        errno = ESTALE;
        return -1;
    }
    return open_by_handle_at(nodes->root_fd, &handle.handle, O_PATH | O_NOFOLLOW | O_CLOEXEC);
}

static bool is_same(const union handle *a, const union handle *b)
{
    return a->handle.handle_bytes == b->handle.handle_bytes &&
           a->handle.handle_type == b->handle.handle_type &&
           memcmp(a->handle.f_handle, b->handle.f_handle, a->handle.handle_bytes) == 0;
}

/* Make the node where there is none, and of the latest file that has its number. -1: no memory. */
static int note(struct node **at, uint64_t ino, const union handle *handle)
{
    if (*at == NULL) {
        *at = calloc(1, sizeof(**at));
        if (*at == NULL) {
            return -1;
        }
        (*at)->ino = ino;
        (*at)->handle = *handle;
    } else if (!is_same(&(*at)->handle, handle)) {
        (*at)->handle = *handle;
        (*at)->generation++;
    }
    (*at)->n_told++;
    return 0;
}

uint64_t nodes_tell(struct nodes *nodes, int fd, const struct stat *stat, uint64_t *generation)
{
    union handle handle = {.handle = {.handle_bytes = MAX_HANDLE_SZ}};
    struct node **at;
    uint64_t told = 0;
    int mount;

    if (name_to_handle_at(fd, "", &handle.handle, &mount, AT_EMPTY_PATH) < 0) {
        return 0;
    }
    (void)pthread_mutex_lock(&nodes->lock);
    at = place_of(nodes, stat->st_ino);
    if (note(at, stat->st_ino, &handle) == 0) {
        told = stat->st_ino;
        *generation = (*at)->generation;
    }
    (void)pthread_mutex_unlock(&nodes->lock);
    return told;
}

void nodes_forget(struct nodes *nodes, uint64_t node, uint64_t n)
{
    struct node **at;

    (void)pthread_mutex_lock(&nodes->lock);
    at = place_of(nodes, node);
    if (*at != NULL) { /* none is the root */
        struct node *known = *at;
        known->n_told -= n;
        if (known->n_told == 0) {
            *at = known->next;
            free(known);
        }
    }
    (void)pthread_mutex_unlock(&nodes->lock);
}

void nodes_free(struct nodes *nodes)
{
    if (nodes == NULL) {
        return;
    }
    for (size_t i = 0; i < BUCKETS; i++) {
        struct node *next;
        for (struct node *node = nodes->buckets[i]; node != NULL; node = next) {
            next = node->next;
            free(node);
        }
    }
    (void)pthread_mutex_destroy(&nodes->lock);
    free(nodes);
}
