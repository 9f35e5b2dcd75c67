// The page at /docs: the document of this very deployment, in Swagger UI. Nothing comes from elsewhere, and the page's policy
// (`_headers`) lets nothing go elsewhere. A key that is entered stays in the page's memory.

const place = document.getElementById("document");

try {
  const answer = await fetch("/openapi.json");
  if (!answer.ok) throw new Error(`/openapi.json answered ${answer.status}`);
  followColourScheme();
  window.SwaggerUIBundle({
    spec: withoutPrefilled(await answer.json()),
    domNode: place,
    deepLinking: true,
    displayRequestDuration: true,
    defaultModelsExpandDepth: 0,
    docExpansion: "list",
    tryItOutEnabled: true,
    validatorUrl: null,
    plugins: [linesAsTheyAre],
  });
} catch (error) {
  const trouble = document.createElement("p");
  trouble.className = "trouble";
  trouble.textContent = `The document cannot be shown: ${error.message}`;
  place.replaceChildren(trouble);
}

/**
 * Moves the examples of optional parameters into their descriptions. Swagger UI fills its fields with them, and a request with all
 * of `If-None-Match`, `cursor` and `skip` at once is nobody's.
 */
function withoutPrefilled(contract) {
  const inPaths = Object.values(contract.paths)
    .flatMap(Object.values)
    .flatMap(({ parameters = [] }) => parameters);
  for (const parameter of [...inPaths, ...Object.values(contract.components.parameters)]) {
    if (parameter.required || !parameter.schema) continue;
    const example = parameter.example ?? parameter.schema.example;
    delete parameter.example;
    delete parameter.schema.example;
    if (example !== undefined) parameter.description += `. For example \`${[example].flat().join(", ")}\``;
  }
  return contract;
}

/** Keeps the example of an import from being put in quotes, as one string of JSON: Swagger UI takes all types with `json` for JSON. */
function linesAsTheyAre({ fn }) {
  const sample = fn.getSampleSchema;
  const isLines = (type, example) => /ndjson|jsonl/.test(type) && typeof example === "string";
  return {
    fn: {
      getSampleSchema: (schema, type, config, example) =>
        isLines(type, example) ? example : sample(schema, type, config, example),
    },
  };
}

function followColourScheme() {
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const follow = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
  dark.addEventListener("change", follow);
  follow();
}
