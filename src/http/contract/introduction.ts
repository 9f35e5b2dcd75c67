/** Of package.json; a test holds the two together, so that the Worker need not carry that file. */
export const VERSION = "0.1.0";

const DESCRIPTION = `A support-ticket API. Commands change a source of truth; lists come from a read model that a queue keeps.

**Keys.** Every request but those of *Service* needs \`Authorization: Bearer <key>\`. A key belongs to one workspace and has a role:
an \`agent\` works on tickets, an \`admin\` also makes keys and imports, \`root\` is whoever operates the service. What a key may not see is
answered as if it did not exist.

**Values.** JSON with snake_case names. Times are RFC 3339, UTC, with milliseconds; ids are UUIDv7. Unknown fields and parameters are
refused. Texts must not be blank, and hold neither NUL nor a lone surrogate; characters are Unicode code points. Answers may gain
fields: ignore those that you do not know.

**Problems** are RFC 9457 documents (\`application/problem+json\`). Invalid input names each field, parameter or header in \`errors\`. Beside
those of the operations: 404 \`route-not-found\`, and 405 \`method-not-allowed\` with \`Allow\`. \`HEAD\` is answered as \`GET\` is.

**Repeating.** A POST with an \`Idempotency-Key\` takes effect once, however often it is sent. 429 and 503 say in \`Retry-After\` when to come
again.

**Reading one's own writes.** Send the \`Consistency-Token\` of each answer with the next request: lists then show at least that.

**Pages.** \`next_cursor\`, also as \`Link: <…>; rel="next"\`, leads to the next page and is null on the last one.`;

/** What the document says of the API as a whole. */
export const INFO = {
  title: "Edgedesk",
  summary: "Support tickets on Cloudflare Workers",
  version: VERSION,
  description: DESCRIPTION,
  license: { name: "MIT", url: "https://opensource.org/license/mit" },
};

export const TAGS = [
  { name: "Tickets", description: "Commands, and what they leave behind" },
  { name: "Customers", description: "What becomes of all that is known of one. For admins" },
  { name: "Keys", description: "Who may come in. For admins" },
  {
    name: "Operation",
    description: "How the projection stands, and what to do where it does not. For whoever operates the service",
  },
  { name: "Service", description: "For anybody, without a key" },
];
