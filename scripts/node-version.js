// Runs before the scripts in TypeScript with any version of Node, so this is JavaScript. `npm ci` installs the right Node in
// node_modules/.bin, where npm looks first. An older Node here means that the dependencies are not installed.
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  const found = `Node ${process.versions.node} is too old, and node_modules has no newer one`;
  console.error(`✘ ${found}: run \`npm ci\` first (with its optional dependencies)`);
  process.exit(1);
}
