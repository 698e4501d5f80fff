// Writes what node's own runner tells in the form in which vitest and jest report.
export default async function* report(source) {
  const results = [];
  let message = "";
  for await (const { type, data } of source) {
    if (type !== "test:pass" && type !== "test:fail") continue;
    const error = data.details?.error;
    const said = String(error?.cause?.message ?? error?.message ?? "");
    // A file that does not run at all is told as a test of its own name.
    if (data.name === data.file || data.name.startsWith("/")) message ||= type === "test:fail" ? said : "";
    else results.push({ title: data.name, status: type === "test:pass" ? "passed" : "failed", failureMessages: [said] });
  }
  yield JSON.stringify({ testResults: [{ message, assertionResults: results }] });
}
