/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Print the documents of YAML files as kubectl reads them, one compact JSON text with sorted keys a
 * line, without those that are null. For tests/corpus/kubectl-typing.
 */

#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/yaml.h"

#define FILE_BYTES_MAX ((size_t)8 * 1024 * 1024)

static int print_documents(const char *path, struct err *err)
{
    CLEANUP(buf_clear) struct buf text = BUF_INIT(FILE_BYTES_MAX);
    CLEANUP(yaml_reader_free) struct yaml_reader *reader = NULL;

    if (file_read(path, &text, err) < 0) {
        return -1;
    }
    reader = yaml_reader_new(path, buf_text(&text), text.len, YAML_KUBECTL, err);
    while (reader != NULL) {
        json_auto_t *document = NULL;
        if (yaml_reader_next(reader, &document, err) < 0) {
            return -1;
        }
        if (document == NULL) {
            return 0;
        }
        if (!json_is_null(document)) {
            (void)json_dumpf(document, stdout, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
            (void)putchar('\n');
        }
    }
    return -1;
}

int main(int argc, char **argv)
{
    struct err err = {0};

    for (int i = 1; i < argc; i++) {
        if (print_documents(argv[i], &err) < 0) {
            (void)fprintf(stderr, "%s\n%s\n", err.msg, err.excerpt);
            return EXIT_FAILURE;
        }
    }
    return EXIT_SUCCESS;
}
