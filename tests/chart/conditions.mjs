// SPDX-License-Identifier: Apache-2.0
//
// usage: node conditions.mjs OBJECTS CASES
//
// Decide as an API server does which entries of the MutatingWebhookConfiguration, and whether the
// ValidatingAdmissionPolicy, meet an object: rules, namespaceSelector, then the CEL expressions,
// where an error is an error. OBJECTS: what was rendered, as JSON, one a line; CASES: conditions.json.
// Prints TAP. CEL is @bufbuild/cel, looked for from the folder that the environment variable CEL names.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const require = createRequire(join(process.env.CEL, "package.json"));
const { run, isCelError } = require("@bufbuild/cel");
const { strings } = require("@bufbuild/cel/ext");

const readLines = (path) => readFileSync(path, "utf8").trim().split("\n").map((line) => JSON.parse(line));
const objects = readLines(process.argv[2]);
const cases = JSON.parse(readFileSync(process.argv[3], "utf8"));
const registration = objects.find((object) => object.kind === "MutatingWebhookConfiguration");
const policy = objects.find((object) => object.kind === "ValidatingAdmissionPolicy");
const plurals = {
  Workflow: "workflows",
  WorkflowTemplate: "workflowtemplates",
  ClusterWorkflowTemplate: "clusterworkflowtemplates",
  CronWorkflow: "cronworkflows",
  ConfigMap: "configmaps",
};

// An expression's value; whatever is no value is thrown, as the API server refuses the object then.
function evaluate(expression, bindings) {
  const value = run(expression, bindings, { funcs: strings.funcs ?? strings });
  if (isCelError(value)) {
    throw new Error(`${expression}: ${value.message}`);
  }
  return value;
}

function requestOf(object, row) {
  const request = { operation: row.old === undefined ? "CREATE" : "UPDATE", kind: { kind: object.kind } };
  if (object.kind !== "ClusterWorkflowTemplate") {
    request.namespace = row.namespace ?? "team-a";
  }
  return request;
}

function meetsRules(rules, object, request) {
  const [group, version] = object.apiVersion.includes("/") ? object.apiVersion.split("/") : ["", object.apiVersion];
  const scope = request.namespace === undefined ? "Cluster" : "Namespaced";
  return rules.some(
    (rule) =>
      rule.apiGroups.includes(group) &&
      rule.apiVersions.includes(version) &&
      rule.resources.includes(plurals[object.kind]) &&
      rule.operations.includes(request.operation) &&
      (rule.scope === "*" || rule.scope === scope),
  );
}

// A selector of namespaces keeps out nothing that lies in none.
function meetsSelector(selector, labels, request) {
  return (
    request.namespace === undefined ||
    selector.matchExpressions.every(({ key, operator, values }) => {
      const isOneOf = values.includes(labels[key]);
      return operator === "In" ? isOneOf : !isOneOf;
    })
  );
}

function meets(entry, rules, selector, object, row) {
  const request = requestOf(object, row);
  const labels = { "kubernetes.io/metadata.name": request.namespace, ...row.labels };
  const bindings = { object, oldObject: row.old ?? null, request };
  return (
    meetsRules(rules, object, request) &&
    meetsSelector(selector, labels, request) &&
    entry.matchConditions.every(({ expression }) => evaluate(expression, bindings))
  );
}

const asked = (row) =>
  registration.webhooks
    .filter((entry) => meets(entry, entry.rules, entry.namespaceSelector, row.object, row))
    .map((entry) => entry.clientConfig.service.path);

// The first message of the policy, or null.
function refusal(object, row) {
  const { matchConstraints, variables, validations } = policy.spec;
  if (!meets(policy.spec, matchConstraints.resourceRules, matchConstraints.namespaceSelector, object, row)) {
    return null;
  }
  const bindings = { object, oldObject: row.old ?? null, request: requestOf(object, row), variables: {} };
  for (const { name, expression } of variables) {
    bindings.variables[name] = evaluate(expression, bindings);
  }
  return validations.find(({ expression }) => !evaluate(expression, bindings))?.message ?? null;
}

const kindsOf = (row) => row.kinds ?? [row.kind];
const build = (kind, from) => from && { apiVersion: "argoproj.io/v1alpha1", kind, ...from };

function check(section, row, result) {
  const expected = row.expect;
  const matches = section === "asked" ? JSON.stringify(result) === JSON.stringify(expected)
    : expected === null ? result === null : result !== null && result.includes(expected);
  return matches ? null : `expected ${JSON.stringify(expected)}, found ${JSON.stringify(result)}`;
}

const lines = [];
for (const section of ["asked", "refused"]) {
  for (const row of cases[section]) {
    for (const kind of kindsOf(row)) {
      const filled = { ...row, object: build(kind, row.object), old: build(kind, row.old) };
      let problem;
      try {
        problem = check(section, filled, section === "asked" ? asked(filled) : refusal(filled.object, filled));
      } catch (error) {
        problem = error.message;
      }
      const n = lines.filter((line) => !line.startsWith("#")).length + 1;
      lines.push(`${problem ? "not ok" : "ok"} ${n} - ${row.promise} (${kind})`);
      if (problem) {
        lines.push(`# ${problem}`);
      }
    }
  }
}
console.log(`1..${lines.filter((line) => !line.startsWith("#")).length}`);
console.log(lines.join("\n"));
