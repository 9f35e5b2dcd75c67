/** What a caller may do, each all of the one before and more. */
export const ROLES = ["agent", "admin", "root"] as const;

/** `agent`: tickets of the workspace. `admin`: its keys and imports, too. `root`: the operation of the service, and every workspace's keys. */
export type Role = (typeof ROLES)[number];
