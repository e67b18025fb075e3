// The OpenAPI description as a page to read.

import { byId, el, show } from "./dom.js";

const METHODS = ["get", "post", "put", "patch", "delete", "head", "options"];

let api;

/** What a `$ref` inside of the description points at. */
function resolve(thing) {
  if (!thing?.$ref) return thing ?? {};
  return thing.$ref.replace(/^#\//, "").split("/").reduce((at, key) => at?.[key.replaceAll("~1", "/").replaceAll("~0", "~")], api) ?? {};
}

/** A schema's kind in words, with links to those that have a name. */
function kind(schema) {
  if (!schema || schema === true) return ["anything"];
  if (schema.$ref) {
    const named = schema.$ref.split("/").at(-1);
    return [el("a", { href: `#schema-${named}` }, named)];
  }
  const choices = schema.oneOf ?? schema.anyOf;
  if (choices) return choices.flatMap((choice, i) => [i ? " or " : "", ...kind(choice)]);
  if (schema.allOf) return schema.allOf.flatMap((part, i) => [i ? " and " : "", ...kind(part)]);
  if (schema.enum) return [schema.enum.map((value) => JSON.stringify(value)).join(" or ")];
  if (schema.const !== undefined) return [JSON.stringify(schema.const)];
  const types = [schema.type ?? "anything"].flat();
  if (types.includes("array")) return ["list of ", ...kind(schema.items), types.includes("null") ? " or null" : ""];
  if (schema.format === "binary") return ["bytes"];
  const ends = [schema.minimum !== undefined && `from ${schema.minimum}`, schema.maximum !== undefined && `to ${schema.maximum}`].filter(Boolean).join(" ");
  return [types.join(" or "), ends ? ` ${ends}` : "", schema.default !== undefined ? `, else ${JSON.stringify(schema.default)}` : ""];
}

/** Text with blank lines between its paragraphs, and `code`. */
function prose(text) {
  return (text ?? "").split(/\n\s*\n/).filter((part) => part.trim()).map((part) =>
    el("p", {}, part.split("`").map((piece, i) => (i % 2 ? el("code", {}, piece) : piece))));
}

function table(caption, of, heads, rows) {
  const head = el("tr", {}, heads.map((text) => el("th", { scope: "col" }, text)));
  const body = rows.map(([first, ...cells]) => el("tr", {}, el("th", { scope: "row" }, first), cells.map((cell) => el("td", {}, cell))));
  return el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": `${caption}: ${of}` }, el("table", {}, el("caption", {}, caption), el("thead", {}, head), el("tbody", {}, body)));
}

function contents(content) {
  return Object.entries(content ?? {}).flatMap(([type, { schema }], i) => [i ? el("br") : "", el("code", {}, type), schema ? [": ", ...kind(schema)] : ""]).flat();
}

/** A call of the operation as one types it. */
function curl(method, path, operation, parameters) {
  const query = parameters.filter((p) => p.in === "query" && p.example !== undefined).map((p) => `${p.name}=${encodeURIComponent(p.example)}`);
  const filled = path.replace(/\{(\w+)\}/g, (_, key) => parameters.find((p) => p.name === key)?.example ?? key.toUpperCase());
  const url = `${location.origin}${filled}${query.length ? `?${query.join("&")}` : ""}`;
  const parts = ["curl"];
  if (method !== "get" && method !== "post") parts.push(`-X ${method.toUpperCase()}`);
  if (path.startsWith("/api/v1/")) parts.push('-H "Authorization: Bearer $GTZAN_TOKEN"');
  const types = Object.keys(resolve(operation.requestBody).content ?? {});
  if (types.includes("application/json")) parts.push("--json @body.json");
  else if (types.length === 1 && types[0] === "multipart/form-data") parts.push("-F file=@song.mp3");
  else if (types.length) parts.push("-H 'Content-Type: application/octet-stream'", "--data-binary @song.mp3");
  return `${parts.join(" ")} '${url}'`;
}

function operationView(method, path, shared, operation) {
  const id = `${method}${path.replace(/[^a-z0-9]+/gi, "-")}`;
  const parameters = [...shared, ...(operation.parameters ?? [])].map(resolve);
  const request = resolve(operation.requestBody);
  const answers = Object.entries(operation.responses ?? {}).map(([status, answer]) => [status, resolve(answer)]);
  const called = `${method.toUpperCase()} ${path}`;
  const title = [el("span", { class: "method" }, method.toUpperCase()), " ", el("code", {}, path)];
  byId("contents").append(el("a", { href: `#${id}` }, called));
  return el(
    "article",
    { class: "card", id },
    el("h2", {}, title),
    prose(operation.summary),
    prose(operation.description),
    parameters.length > 0 && table("Parameters", called, ["Name", "Where", "What", "Kind"], parameters.map((p) => [
      [el("code", {}, p.name), p.required ? " (needed)" : ""], p.in, p.description ?? "", kind(p.schema),
    ])),
    request.content && table("Body", called, ["Type", "What"], Object.entries(request.content).map(([type, { schema }]) => [el("code", {}, type), [...kind(schema), request.description ? `: ${request.description}` : ""]])),
    table("Answers", called, ["Status", "What", "Type"], answers.map(([status, { description, content }]) => [status, description ?? "", contents(content)])),
    el("h3", {}, "With curl"),
    el("pre", {}, el("code", {}, curl(method, path, operation, parameters))),
  );
}

function schemaView([named, schema]) {
  const parts = (schema.allOf ?? [schema]).map(resolve);
  const needed = new Set(parts.flatMap((part) => part.required ?? []));
  const fields = parts.flatMap((part) => Object.entries(part.properties ?? {}));
  return el(
    "article",
    { class: "card", id: `schema-${named}` },
    el("h3", {}, named),
    prose(schema.description),
    fields.length
      ? table("Fields", named, ["Field", "Kind", "What"], fields.map(([key, field]) => [[el("code", {}, key), needed.has(key) ? "" : " (may lack)"], kind(field), prose(field.description)]))
      : el("p", {}, kind(schema)),
  );
}

async function start() {
  try {
    const answer = await fetch("/api/openapi.json", { credentials: "omit" });
    if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
    api = await answer.json();
  } catch (error) {
    byId("state").textContent = `The description can't be read: ${error.message}. See whether the gtzan server still runs, then load this page again.`;
    return;
  }
  byId("description").replaceChildren(...prose(api.info.description));
  for (const [path, item] of Object.entries(api.paths)) {
    for (const method of METHODS) if (item[method]) byId("operations").append(operationView(method, path, item.parameters ?? [], item[method]));
  }
  const schemas = Object.entries(api.components?.schemas ?? {});
  byId("schemas").append(...schemas.map(schemaView));
  show(byId("schemas"), schemas.length > 0);
  show(byId("contents"), true);
  show(byId("state"), false);
  // What the address points at has only now come to be.
  if (location.hash) byId(decodeURIComponent(location.hash.slice(1)))?.scrollIntoView();
}

start();
