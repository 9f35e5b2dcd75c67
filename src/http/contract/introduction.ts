/** Of package.json; a test holds the two together, so that the Worker need not carry that file. */
export const VERSION = "0.1.0";

const DESCRIPTION = `A support-ticket API. Commands write to a source of truth. Lists come from a read model that a queue keeps up to date.

**Authentication.** Every request needs \`Authorization: Bearer <key>\`, except those tagged *Service*. A key belongs to one workspace and
has a role. An \`agent\` key works on tickets. An \`admin\` key can also manage keys, import tickets and erase customers. The \`root\` key
belongs to the operator of the service. Requests for another workspace's tickets or keys get 404.

**Data format.** Bodies are JSON with snake_case names. Times in responses are RFC 3339, in UTC, with milliseconds. Ids are UUIDv7. Unknown
fields and parameters are rejected. Text must not be blank and must not contain NUL or lone surrogates. A character is a Unicode code point.
Responses may gain fields: ignore fields that you do not know.

**Errors** are RFC 9457 problem documents (\`application/problem+json\`). For invalid input, \`errors\` names each field, parameter or header.
A path that does not exist returns 404 \`route-not-found\`. A method that the path does not support returns 405 \`method-not-allowed\` with an
\`Allow\` header. \`HEAD\` is supported wherever \`GET\` is.

**Idempotency.** A \`POST\` with an \`Idempotency-Key\` takes effect once, no matter how often it is sent.

**Retries.** 429 and 503 responses have a \`Retry-After\` header.

**Consistency.** Send the \`Consistency-Token\` of each response with the next request. Lists then include your own writes.

**Pagination.** Pass \`next_cursor\` as \`cursor\` to get the next page. It is null on the last page. The response also links to the next
page: \`Link: <…>; rel="next"\`.`;

/** What the document says of the API as a whole. */
export const INFO = {
  title: "Edgedesk",
  summary: "Support tickets on Cloudflare Workers",
  version: VERSION,
  description: DESCRIPTION,
  license: { name: "MIT", url: "https://opensource.org/license/mit" },
};

export const TAGS = [
  { name: "Tickets", description: "Create, change, list and count tickets" },
  { name: "Customers", description: "Erase a customer's data. Requires an admin key" },
  { name: "Keys", description: "Create, list and revoke API keys. Requires an admin key" },
  {
    name: "Operation",
    description: "Monitor and repair the projection. Requires the root key",
  },
  { name: "Service", description: "Liveness and the OpenAPI document. No key required" },
];
