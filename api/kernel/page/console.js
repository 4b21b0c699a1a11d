"use strict";

const at = (id) => document.getElementById(id);
const EXAMPLE = `# Ctrl-Enter runs this. The schema is on the right.
query Stores {
  stores(first: 5) {
    totalCount
    nodes { id name }
  }
}
`;
const KEPT = ["query", "variables", "token"];

/** Send an operation; answers the response's status, how long it took, and its text. */
async function ask(query, variables, operationName) {
  const headers = {
    "Content-Type": "application/json",
    Accept: "application/graphql-response+json",
  };
  const token = at("token").value.trim();
  if (token) headers.Authorization = `Bearer ${token.replace(/^bearer\s+/i, "")}`;
  const started = performance.now();
  const response = await fetch("/graphql", {
    method: "POST",
    headers,
    body: JSON.stringify({ query, variables, operationName }),
    credentials: "omit",
  });
  const text = await response.text();
  return { status: response.status, ms: Math.round(performance.now() - started), text };
}

/** The name of the operation that the cursor is in, where there are several. */
function operationAt(query, position) {
  const heads = [...query.matchAll(/^\s*(?:query|mutation|subscription)\s+([_A-Za-z]\w*)/gm)];
  if (heads.length < 2) return undefined;
  return (heads.filter((head) => head.index <= position).pop() ?? heads[0])[1];
}

async function run() {
  const query = at("query").value;
  let variables;
  try {
    variables = at("variables").value.trim() ? JSON.parse(at("variables").value) : undefined;
  } catch (fault) {
    at("status").textContent = "";
    at("result").textContent = `The variables are not JSON: ${fault.message}`;
    return;
  }
  at("run").disabled = true;
  at("status").textContent = "…";
  try {
    const operation = operationAt(query, at("query").selectionStart);
    const { status, ms, text } = await ask(query, variables, operation);
    at("status").textContent = `${status} · ${ms} ms`;
    at("result").textContent = pretty(text);
  } catch (fault) {
    at("status").textContent = "no answer";
    at("result").textContent = String(fault);
  } finally {
    at("run").disabled = false;
  }
}

function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

// The schema's documentation.

const TYPE = "kind name ofType { kind name ofType { kind name ofType { kind name } } }";
const VALUE = `name description defaultValue type { ${TYPE} }`;
const INTROSPECTION = `query Documentation {
  __schema {
    queryType { name } mutationType { name } subscriptionType { name }
    types {
      kind name description
      fields(includeDeprecated: true) {
        name description deprecationReason args { ${VALUE} } type { ${TYPE} }
      }
      inputFields { ${VALUE} }
      enumValues(includeDeprecated: true) { name description deprecationReason }
      possibleTypes { name }
      interfaces { name }
    }
  }
}`;
const schema = { types: new Map(), roots: [], trail: [] };

async function readSchema() {
  const { text } = await ask(INTROSPECTION);
  const found = JSON.parse(text).data.__schema;
  for (const type of found.types) {
    if (!type.name.startsWith("__")) schema.types.set(type.name, type);
  }
  schema.roots = [found.queryType, found.mutationType, found.subscriptionType]
    .filter(Boolean)
    .map((root) => root.name);
  showRoots();
}

/** Make an element; whatever the schema says is text, never markup. */
function make(tag, { className, text, onclick } = {}, ...children) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  if (onclick) element.addEventListener("click", onclick);
  element.append(...children.filter((child) => child !== null));
  return element;
}

function typeLink(type) {
  if (type.kind === "NON_NULL") return make("span", {}, typeLink(type.ofType), "!");
  if (type.kind === "LIST") return make("span", {}, "[", typeLink(type.ofType), "]");
  return typeButton(type.name);
}

const typeButton = (name) =>
  schema.types.has(name)
    ? make("button", { text: name, onclick: () => go(name) })
    : make("span", { text: name });

function member(one) {
  const signature = make("code", {}, make("span", { className: "name", text: one.name }));
  if (one.args?.length) {
    const args = one.args.map((argument) =>
      make(
        "span",
        { className: "argument" },
        `${argument.name}: `,
        typeLink(argument.type),
        argument.defaultValue === null ? "" : ` = ${argument.defaultValue}`,
        argument.description ? make("p", { text: argument.description }) : null,
      ),
    );
    signature.append("(", ...args, ")");
  }
  if (one.type) signature.append(": ", typeLink(one.type));
  return make(
    "div",
    { className: "member" },
    signature,
    one.description ? make("p", { text: one.description }) : null,
    one.deprecationReason ? make("p", { text: `Deprecated: ${one.deprecationReason}` }) : null,
  );
}

function show(...elements) {
  at("docs").replaceChildren(...elements);
  at("docs").scrollTop = 0;
  at("back").disabled = schema.trail.length === 0;
}

const listed = (title, elements) =>
  elements?.length ? [make("h3", { text: title }), ...elements] : [];

function showType(name) {
  const type = schema.types.get(name);
  const buttons = (types) => types?.map((one) => make("div", {}, typeButton(one.name)));
  show(
    make("h2", { text: name }),
    make("p", { text: type.description ?? "" }),
    ...listed("Fields", type.fields?.map(member)),
    ...listed("Input fields", type.inputFields?.map(member)),
    ...listed("Values", type.enumValues?.map(member)),
    ...listed("One of", buttons(type.possibleTypes)),
    ...listed("Is also", buttons(type.interfaces)),
  );
}

function showRoots() {
  const others = [...schema.types.keys()].filter((name) => !schema.roots.includes(name)).sort();
  show(
    make("h2", { text: "Schema" }),
    ...listed("Begin here", schema.roots.map((name) => make("div", {}, typeButton(name)))),
    ...listed("Types", others.map((name) => make("div", {}, typeButton(name)))),
  );
}

function showFound(text) {
  const wanted = text.toLowerCase();
  const has = (one) => one.name.toLowerCase().includes(wanted);
  const types = [...schema.types.values()];
  const fields = types.flatMap((type) =>
    [...(type.fields ?? []), ...(type.inputFields ?? [])]
      .filter(has)
      .map((one) => ({ type: type.name, one })),
  );
  show(
    ...listed("Types", types.filter(has).map((type) => make("div", {}, typeButton(type.name)))),
    ...listed(
      "Fields",
      fields.slice(0, 200).map(({ type, one }) =>
        make("div", { className: "member" }, typeButton(type), make("code", { text: `.${one.name}` })),
      ),
    ),
  );
}

function go(name) {
  schema.trail.push(name);
  showType(name);
}

function showPlace() {
  const name = schema.trail.at(-1);
  if (name) showType(name);
  else showRoots();
}

function back() {
  schema.trail.pop();
  showPlace();
}

function keep() {
  for (const id of KEPT) sessionStorage.setItem(id, at(id).value);
}

function indent(event) {
  if (event.key !== "Tab" || event.shiftKey) return;
  event.preventDefault();
  const area = event.target;
  area.setRangeText("  ", area.selectionStart, area.selectionEnd, "end");
}

for (const id of KEPT) {
  at(id).value = sessionStorage.getItem(id) ?? (id === "query" ? EXAMPLE : "");
  at(id).addEventListener("input", keep);
}
at("query").addEventListener("keydown", indent);
at("run").addEventListener("click", run);
at("back").addEventListener("click", back);
at("search").addEventListener("input", (event) => {
  if (event.target.value.trim().length > 1) showFound(event.target.value.trim());
  else showPlace();
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    run();
  }
});
readSchema().catch((fault) => {
  at("docs").textContent = `The schema could not be read: ${fault.message}`;
});
