// The engine starts packs with a compiler of its own that finds no module by the name it is imported by. This one does,
// and is what the program itself runs by.
require("tsx/cjs");
module.exports = require("./index.ts");
