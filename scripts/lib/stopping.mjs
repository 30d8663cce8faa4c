/** npm hands on the Ctrl-C that the terminal has sent to both: two signals, one key. */
const sameKeyMs = 500

/**
 * The first Ctrl-C, or another wish to end, calls `stop`; a second key calls `hurry`, which does not
 * wait. Gives whether and how this process ends: `stop` is called once, whoever asks first.
 * @param {{ stop: () => Promise<void>, hurry: () => void }} ways
 */
export function stopping({ stop, hurry }) {
  /** @type {number | null} */
  let since = null
  const begin = async () => {
    if (since !== null) return
    since = performance.now()
    await stop()
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      if (since === null) void begin()
      else if (performance.now() - since >= sameKeyMs) hurry()
    })
  }
  return { begin, isOn: () => since !== null }
}
