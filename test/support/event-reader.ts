/** One server-sent event, as it came. */
export type SentEvent = { id: string; event: string; data: string }

/** Reads server-sent events from a real connection, one at a time. */
export class EventReader {
  readonly #leaving = new AbortController()
  readonly #response: Promise<Response>
  readonly #events: AsyncGenerator<SentEvent>
  comments = 0

  constructor(url: string, lastEventId?: string, headers: Record<string, string> = {}) {
    this.#response = fetch(url, {
      headers: {
        ...headers,
        ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
      },
      signal: this.#leaving.signal,
    })
    this.#events = this.#read()
  }

  get response(): Promise<Response> {
    return this.#response
  }

  /** The next event; null at the end of the stream. */
  async next(): Promise<SentEvent | null> {
    const { done, value } = await this.#events.next()
    return done ? null : value
  }

  /** Events up to and with the first that is `wanted`, or to the end. */
  async until(wanted: (event: SentEvent) => boolean): Promise<SentEvent[]> {
    const events: SentEvent[] = []
    for (let event = await this.next(); event; event = await this.next()) {
      events.push(event)
      if (wanted(event)) break
    }
    return events
  }

  rest(): Promise<SentEvent[]> {
    return this.until(() => false)
  }

  leave(): void {
    this.#leaving.abort()
  }

  async *#read(): AsyncGenerator<SentEvent> {
    const { body } = await this.#response
    if (!body) return
    let text = ''
    for await (const piece of body.pipeThrough(new TextDecoderStream())) {
      text += piece
      const parts = text.split('\n\n')
      text = parts.pop() ?? ''
      for (const part of parts) {
        if (part.startsWith(':')) this.comments += 1
        else yield eventOf(part)
      }
    }
  }
}

function eventOf(part: string): SentEvent {
  const values = (name: string) =>
    part
      .split('\n')
      .flatMap((line) => (line.startsWith(`${name}: `) ? [line.slice(name.length + 2)] : []))
  return {
    id: values('id')[0] ?? '',
    event: values('event')[0] ?? '',
    data: values('data').join('\n'),
  }
}
