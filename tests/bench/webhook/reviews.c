/* SPDX-License-Identifier: Apache-2.0 */

/*
 * usage: reviews N-TEMPLATES [ANNOTATION VALUE]
 *
 * Print the AdmissionReview that the API server sends when a Workflow of so many templates is
 * created: a DAG and the steps that it runs, each with what people write into one. With an
 * annotation the Workflow opts in, or out. Each template adds about 340 bytes.
 */

#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/json_out.h"
#include "webhook/cli/request.h"
#include "webhook/inject/admit.h"

/* With more, a review is larger than hawser takes. */
#define TEMPLATES_MAX 20000

static void write_metadata(struct json_out *out, const char *annotation, const char *value)
{
    json_out_key(out, "metadata");
    json_out_object(out);
    json_out_pair(out, "generateName", "nightly-report-");
    json_out_pair(out, "namespace", "team-a");
    json_out_key(out, "annotations");
    json_out_object(out);
    json_out_pair(out, "workflows.argoproj.io/description", "The figures of the day before");
    if (annotation != NULL) {
        json_out_pair(out, annotation, value);
    }
    json_out_object_end(out);
    json_out_object_end(out);
}

/* The entry point: all steps at once. */
static void write_dag(struct buf *buf, unsigned long n_steps)
{
    buf_add_text(buf, "{\"name\":\"main\",\"dag\":{\"tasks\":[");
    for (unsigned long i = 0; i < n_steps; i++) {
        buf_printf(buf, "%s{\"name\":\"step-%04lu\",\"template\":\"step-%04lu\"}", i > 0 ? "," : "",
                   i, i);
    }
    buf_add_text(buf, "]}}");
}

static void write_step(struct buf *buf, unsigned long i)
{
    buf_printf(
        buf,
        ",{\"name\":\"step-%04lu\",\"inputs\":{\"parameters\":[{\"name\":\"part\",\"value\":\"%lu\"}]},"
        "\"container\":{\"image\":\"registry.example.com/tools:1.4\",\"command\":[\"tools\"],"
        "\"args\":[\"report\",\"{{inputs.parameters.part}}\"],"
        "\"env\":[{\"name\":\"LOG\",\"value\":\"info\"}],"
        "\"resources\":{\"requests\":{\"cpu\":\"500m\",\"memory\":\"256Mi\"}}}}",
        i, i);
}

static void write_spec(struct json_out *out, unsigned long n_templates)
{
    json_out_key(out, "spec");
    json_out_object(out);
    json_out_pair(out, "entrypoint", "main");
    json_out_key(out, "templates");
    buf_add_char(out->buf, '[');
    write_dag(out->buf, n_templates - 1);
    for (unsigned long i = 0; i < n_templates - 1; i++) {
        write_step(out->buf, i);
    }
    buf_add_char(out->buf, ']');
    json_out_object_end(out);
}

static json_t *
make_workflow(unsigned long n_templates, const char *annotation, const char *value, struct err *err)
{
    CLEANUP(buf_clear) struct buf text = BUF_INIT(ADMIT_BODY_MAX);
    struct json_out out = {.buf = &text};

    json_out_object(&out);
    json_out_pair(&out, "apiVersion", "argoproj.io/v1alpha1");
    json_out_pair(&out, "kind", "Workflow");
    write_metadata(&out, annotation, value);
    write_spec(&out, n_templates);
    json_out_object_end(&out);
    if (buf_check(&text, "the workflow", err) < 0) {
        return NULL;
    }
    return json_parse(text.bytes, text.len, err);
}

static int print_review(const json_t *workflow, struct err *err)
{
    CLEANUP(buf_clear) struct buf review = BUF_INIT(ADMIT_BODY_MAX);
    const struct request request = {
        .kind = request_kind_of(workflow),
        .operation = "CREATE",
        .namespace = "team-a",
        .object = workflow,
    };

    request_write(&review, &request);
    if (buf_check(&review, "the review", err) < 0) {
        return -1;
    }
    if (fwrite(review.bytes, 1, review.len, stdout) != review.len || fflush(stdout) != 0) {
        return err_set_errno(err, "standard output");
    }
    return 0;
}

/* 0 for what is no number, or too many. */
static unsigned long parse_count(const char *text)
{
    char *end = NULL;
    const unsigned long n = strtoul(text, &end, 10);

    return *end == '\0' && n <= TEMPLATES_MAX ? n : 0;
}

int main(int argc, char **argv)
{
    const unsigned long n_templates = argc > 1 ? parse_count(argv[1]) : 0;
    json_auto_t *workflow = NULL;
    struct err err = {0};

    if ((argc != 2 && argc != 4) || n_templates == 0) {
        (void)fputs("usage: reviews N-TEMPLATES [ANNOTATION VALUE]\n", stderr);
        return EXIT_FAILURE;
    }
    workflow = make_workflow(n_templates, argc == 4 ? argv[2] : NULL, argv[3], &err);
    if (workflow == NULL || print_review(workflow, &err) < 0) {
        (void)fprintf(stderr, "reviews: %s\n", err.msg);
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}
