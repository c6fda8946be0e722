// A request to an S3 interface, signed with version 4 (AWS General Reference, "Signature Version 4 signing process").
// Reads what to do as JSON from standard input, so that no argument holds a secret, and prints status and body as JSON.
const { createHash, createHmac } = require("node:crypto");
const { readFileSync } = require("node:fs");
const process = require("node:process");
const { request } = require("node:https");

const {
  method,
  host,
  address,
  port,
  region,
  authorityPem,
  credentials,
  path,
  body = "",
} = JSON.parse(readFileSync(0, "utf8"));
const sha256 = (text) => createHash("sha256").update(text).digest("hex");
const hmac = (key, text) => createHmac("sha256", key).update(text).digest();

const time = new Date().toISOString().replace(/[-:]|\.\d+/g, "");
const scope = `${time.slice(0, 8)}/${region}/s3/aws4_request`;
const headers = { host: `${host}:${port}`, "x-amz-content-sha256": sha256(body), "x-amz-date": time };
const names = Object.keys(headers).join(";");
const lines = Object.entries(headers).map(([name, value]) => `${name}:${value}\n`);
const canonical = [method, path, "", lines.join(""), names, headers["x-amz-content-sha256"]].join("\n");
const toSign = ["AWS4-HMAC-SHA256", time, scope, sha256(canonical)].join("\n");
const key = scope.split("/").reduce(hmac, `AWS4${credentials.secretAccessKey}`);
const signature = createHmac("sha256", key).update(toSign).digest("hex");
const authorization = `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature}`;

const lookup = (_name, { all }, callback) =>
  all ? callback(null, [{ address, family: 4 }]) : callback(null, address, 4);
const print = (result) => process.stdout.write(JSON.stringify(result));
request(
  { method, host, port, path, ca: authorityPem, lookup, timeout: 5000, headers: { ...headers, authorization } },
  async (response) => {
    let text = "";
    for await (const chunk of response.setEncoding("utf8")) text += chunk;
    print({ status: response.statusCode, body: text });
  },
)
  .on("timeout", function () {
    this.destroy(new Error("timeout"));
  })
  .on("error", ({ code, message }) => print({ error: code ?? message }))
  .end(body);
