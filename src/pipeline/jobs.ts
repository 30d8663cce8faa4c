import { convertPipeline } from './convert.ts'
import { decideWhens, explainEvent } from './decide.ts'
import { readPipeline } from './read.ts'
import { explain } from './triggers.ts'

/**
 * What is done with the text of strangers, by name: each is pure, and what goes in and comes out is
 * plain data. The server has it done in a thread (reader.ts).
 */
export const jobs = {
  read: readPipeline,
  convert: convertPipeline,
  explain,
  explainEvent,
  decideWhens,
}

type Jobs = typeof jobs

export type JobName = keyof Jobs
export type JobInput<N extends JobName> = Parameters<Jobs[N]>
export type JobAnswer<N extends JobName> = ReturnType<Jobs[N]>

/** One job as it is sent to the thread; the thread sends back the answer alone. */
export type Job = { [N in JobName]: { name: N; input: JobInput<N> } }[JobName]

/** Does a job. */
export function perform(job: Job): JobAnswer<JobName> {
  switch (job.name) {
    case 'read':
      return jobs.read(...job.input)
    case 'convert':
      return jobs.convert(...job.input)
    case 'explain':
      return jobs.explain(...job.input)
    case 'explainEvent':
      return jobs.explainEvent(...job.input)
    case 'decideWhens':
      return jobs.decideWhens(...job.input)
  }
}
