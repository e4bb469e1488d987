import type { AuditLog } from '@slm-audit/core'

/** What an application does with a client, bare or wrapped. */
export interface Use {
  /** One call in one piece. */
  call(): Promise<unknown>
  /** Streams an answer; left out where the client streams nothing. */
  stream?(): Promise<Chunks> | Chunks
}

/** The chunks of one answer; where the client calls back, as they were heard. */
type Chunks = AsyncIterable<unknown> | Iterable<unknown>

/** One adapter, on a client whose server is canned or whose model is tiny. */
export interface AdapterBench {
  /** What the table calls it. */
  readonly name: string
  /** Makes the client as it comes. */
  bare(): Use
  /** Makes the client with its calls recorded in `log`. */
  wrapped(log: AuditLog): Use
}

/** The row of an adapter that attaches a log to a client. */
export function adapterBench<Client>(
  name: string,
  open: () => Client,
  attach: (client: Client, log: AuditLog) => Client,
  use: (client: Client) => Use
): AdapterBench {
  return {
    name,
    bare: () => use(open()),
    wrapped: (log) => use(attach(open(), log))
  }
}

/** What all chats are asked. */
export const messages = [{ role: 'user' as const, content: 'Weather in Rome and Oslo?' }]
