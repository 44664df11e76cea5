// Runs the exported CQL in cql-execution: a batch of sheets in, the value of every definition out.
// In (argv[2], JSON): {sources: {library: CQL}, wanted: {library: [definition]}, sheets: [{parameter: value}]}
// Out (argv[3], JSON): {problems: [text], answers: [{library: [value]}]}; stops at the first text that does not translate.
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import cql from "cql-execution";

globalThis.require ??= createRequire(import.meta.url); // the translator asks for it
const { CqlTranslator, LibraryManager, ModelManager, createLibrarySourceProvider, stringAsSource } =
  await import("@cqframework/cql/cql-to-elm");
const { SystemModelInfoProvider } = await import("@cqframework/cql/cql");

// Places in the text slow the engine down: it keeps a result for each of them.
const PLACES = new Set(["localId", "locator", "annotation"]);
const kept = (name, value) => (PLACES.has(name) ? undefined : value);

function translated(sources) {
  const models = new ModelManager();
  models.modelInfoLoader.registerModelInfoProvider(new SystemModelInfoProvider());
  const libraries = new LibraryManager(models);
  libraries.librarySourceLoader.registerProvider(createLibrarySourceProvider((name) => stringAsSource(sources[name])));
  const elm = {};
  const problems = [];
  for (const [name, text] of Object.entries(sources)) {
    const translator = CqlTranslator.fromText(text, libraries);
    for (const found of translator.exceptions.asJsReadonlyArrayView()) {
      if (found.severity.name !== "Warning") problems.push(`${name}: ${found.message}`);
    }
    if (problems.length) break;
    elm[name] = JSON.parse(translator.toJson(), kept);
  }
  return { elm, problems };
}

const day = (text) => new cql.Date(...text.split("-").map(Number));
const end = (value) => (typeof value === "string" ? day(value) : value);

function valued(value) {
  if (Array.isArray(value)) return value.map(valued);
  if (value === null || typeof value !== "object") return value;
  if ("lowClosed" in value) return new cql.Interval(end(value.low), end(value.high), value.lowClosed, value.highClosed);
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, valued(one)]));
}

// Lists of codes hang on no sheet: they are read once.
async function constants(library) {
  const found = {};
  for (const [name, definition] of Object.entries(library.expressions)) {
    const elements = definition.expression?.isList && definition.expression.elements;
    if (elements && elements.every((one) => one.isStringLiteral)) {
      found[name] = await Promise.all(elements.map((one) => one.execute(null)));
    }
  }
  return found;
}

// One context for each library of a sheet, shared by all that include it, so that nothing is worked out twice.
function contexts(libraries, lists, sheet) {
  const parameters = Object.fromEntries(Object.entries(sheet).map(([name, value]) => [name, valued(value)]));
  if (parameters.as_of !== null) parameters.as_of = day(parameters.as_of);
  const patient = new cql.Patient({ id: "1", recordType: "Patient" });
  const now = cql.DateTime.fromJSDate(new Date(0), 0);
  const made = {};
  for (const [name, library] of Object.entries(libraries)) {
    made[name] = new cql.PatientContext(library, patient, null, parameters, now);
    Object.assign(made[name].context_values, lists[name]);
    for (const [alias, included] of Object.entries(library.includes)) {
      made[name].library_context[alias] = made[included.source.library.identifier.id];
    }
  }
  return made;
}

async function answered(libraries, lists, wanted, sheet) {
  const made = contexts(libraries, lists, sheet);
  const answer = {};
  for (const [name, definitions] of Object.entries(wanted)) {
    answer[name] = [];
    for (const definition of definitions) {
      const value = await libraries[name].expressions[definition].execute(made[name]);
      answer[name].push(value === undefined ? null : value);
    }
  }
  return answer;
}

const { sources, wanted, sheets } = JSON.parse(readFileSync(process.argv[2], "utf8"));
const { elm, problems } = translated(sources);
const answers = [];
if (!problems.length) {
  const repository = new cql.Repository(elm);
  const libraries = Object.fromEntries(Object.entries(elm).map(([name, one]) => [name, new cql.Library(one, repository)]));
  const lists = {};
  for (const [name, library] of Object.entries(libraries)) lists[name] = await constants(library);
  for (const sheet of sheets) answers.push(await answered(libraries, lists, wanted, sheet));
}
writeFileSync(process.argv[3], JSON.stringify({ problems, answers }));
