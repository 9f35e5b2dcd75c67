/** The roles, in ascending order of rights. */
export const ROLES = ["agent", "admin", "root"] as const;

/** `agent`: the workspace's tickets. `admin`: also its keys and imports. `root`: also operations, and the keys of all workspaces. */
export type Role = (typeof ROLES)[number];
