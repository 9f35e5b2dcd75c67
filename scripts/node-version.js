// Runs before the scripts in TypeScript, on whatever Node there is, and so in JavaScript: `npm ci` brings the right Node into
// node_modules/.bin, where npm looks first. An older one here means that nothing is installed yet.
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  const found = `Node ${process.versions.node} is too old and there is no newer one in node_modules`;
  console.error(`✘ ${found}: run \`npm ci\` first (with its optional dependencies)`);
  process.exit(1);
}
