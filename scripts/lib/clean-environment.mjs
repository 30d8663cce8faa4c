/*
 * Where tools, the home directory and the way to the network are: the names that a runner is given
 * (src/lib/machine-variables.ts), and the terminal's.
 */
const kept =
  /^(PATH|HOME|USER|LOGNAME|SHELL|TERM|LANG|LANGUAGE|LC_[A-Z]+|TZ|TMPDIR|ANDROID_HOME|ANDROID_SDK_ROOT|ANDROID_NDK_HOME|FLUTTER_ROOT|JAVA_HOME|DEVELOPER_DIR|GEM_HOME|PUB_CACHE|NODE_EXTRA_CA_CERTS|SSL_CERT_FILE|SSL_CERT_DIR|(https?|all|no)_proxy|(HTTPS?|ALL|NO)_PROXY)$/

/**
 * This machine's environment without anybody's settings. A shell may hold those of a server that
 * people use (DATABASE_URL, OORE_*), or those of a git that is under way (GIT_DIR): what is tried
 * out here must not reach either.
 * @returns {Record<string, string>}
 */
export function cleanEnvironment() {
  /** @type {Record<string, string>} */
  const environment = {}
  for (const [name, value] of Object.entries(process.env)) {
    if (value !== undefined && kept.test(name)) environment[name] = value
  }
  return environment
}
