import { parentPort, threadId } from 'node:worker_threads'

/*
 * Speaks as src/pipeline/thread.ts does, and does to itself what the text says. Any other text is
 * repeated, as a problem.
 */

/** @type {Record<string, () => unknown>} */
const deeds = {
  'never end': () => {
    for (;;);
  },
  'take all memory': () => {
    for (const held = []; ;) held.push(Array.from({ length: 1_000_000 }, () => 0.5))
  },
  'who are you': () => `thread ${threadId}`,
  throw: () => {
    throw new Error('thrown by the thread')
  },
  exit: () => process.exit(7),
}

parentPort?.on('message', ({ input: [content] }) => {
  const message = deeds[content]?.() ?? content
  parentPort?.postMessage({ answer: { pipeline: null, problems: [{ message }] } })
})
parentPort?.postMessage('ready')
