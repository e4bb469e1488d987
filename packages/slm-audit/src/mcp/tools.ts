import {
  AuditError,
  bothOf,
  parseFilter,
  type Reader,
  STATS_DIMENSIONS,
  type StatsDimension
} from '@slm-audit/core/reader'
import { saysSince } from '../base/says-since.ts'

/** A tool that an assistant may call; none changes the log. */
export interface ReadTool {
  /** Its name. */
  readonly name: string
  /** What it gives, and how it is asked, for the assistant. */
  readonly description: string
  /** JSON Schema of its arguments. */
  readonly inputSchema: {
    readonly type: 'object'
    readonly properties: { readonly [name: string]: object }
    readonly required?: readonly string[]
  }
  /** Answers a call. Rejects with AuditError for arguments that it cannot use. */
  run(reader: Reader, args: Arguments): Promise<unknown>
}

/** The arguments of a call, as they came. */
export interface Arguments {
  readonly [name: string]: unknown
}

const FILTER = {
  type: 'string',
  description:
    'which calls, in the filter language: user:u-7 model:qwen* stage:error took:>2s since:2h -tool:search "refund policy" tag.tier:gold score.helpful:<0.5; tests side by side must all hold, OR and ( ) combine'
} as const
const LIMIT = {
  type: 'integer',
  minimum: 1,
  maximum: 100,
  description: 'how many; 20 unless given'
}
const HOUR_MS = 3_600_000

/** The tools of the server, in the order in which they are listed. */
export const READ_TOOLS: readonly ReadTool[] = [
  {
    name: 'search',
    description:
      'Finds recorded calls of language models and tools, newest first: by words in their prompts and answers, and by a filter. Gives a line a call with its number, which `show` takes, and a cursor for more.',
    inputSchema: {
      type: 'object',
      properties: {
        words: { type: 'string', description: 'words, or phrases in double quotes' },
        filter: FILTER,
        limit: LIMIT,
        cursor: { type: 'string', description: 'of the page before' }
      }
    },
    async run(reader, args) {
      const [words, filter, cursor] = ['words', 'filter', 'cursor'].map((name) => text(args, name))
      const page = { limit: count(args, 'limit') ?? 20, ...(cursor !== undefined && { cursor }) }
      return words
        ? await reader.search(words, filter ?? '', page)
        : await reader.query(filter ?? '', page)
    }
  },
  {
    name: 'show',
    description:
      'One call, whole: what was asked and answered, settings, model, tokens, times, how it ended, and what was said of it.',
    inputSchema: {
      type: 'object',
      properties: { call: { type: 'string', description: 'its number, or its id' } },
      required: ['call']
    },
    async run(reader, args) {
      const found = await reader.get(needed(args, 'call'))
      if (found) return found
      throw new AuditError('not_found', `there is no call ${args.call}; search finds calls`)
    }
  },
  {
    name: 'session',
    description: 'A conversation, or one run of an agent, as a timeline of its steps.',
    inputSchema: {
      type: 'object',
      properties: { session: { type: 'string', description: 'as calls name it' } },
      required: ['session']
    },
    async run(reader, args) {
      const found = await reader.session(needed(args, 'session'))
      if (found) return found
      throw new AuditError('not_found', `there is no session ${args.session}; search finds calls`)
    }
  },
  {
    name: 'compare',
    description:
      'What differs between two sides that were asked the same, as two versions or models: answers that changed, times, tokens, confidence and errors, with intervals of 95%.',
    inputSchema: {
      type: 'object',
      properties: {
        first: { ...FILTER, description: 'the first side, as a filter: version:2.3.1' },
        second: { ...FILTER, description: 'the second side: version:2.4.0' }
      },
      required: ['first', 'second']
    },
    run: (reader, args) =>
      reader.compare({ first: needed(args, 'first'), second: needed(args, 'second') })
  },
  {
    name: 'stats',
    description:
      'Figures of model calls that have ended: how many, errors by type, times, tokens, confidence, refusals; by model, version, tenant or another dimension, and over time.',
    inputSchema: {
      type: 'object',
      properties: {
        filter: {
          ...FILTER,
          description: `${FILTER.description}; since:24h unless it has a since`
        },
        by: {
          type: 'array',
          items: { type: 'string', enum: [...STATS_DIMENSIONS] },
          description: 'a row for each value of these'
        },
        everyHours: { type: 'integer', minimum: 1, description: 'a row for each stretch of hours' }
      }
    },
    async run(reader, args) {
      const asked = parseFilter(text(args, 'filter') ?? '')
      const every = count(args, 'everyHours')
      const { by = [] } = args
      if (!Array.isArray(by)) throw new AuditError('bad_query', 'by must be a list: ["model"]')
      return await reader.stats({
        filter: saysSince(asked) ? asked : bothOf(asked, parseFilter('since:24h')),
        by: by as readonly StatsDimension[],
        ...(every !== undefined && { everyMs: every * HOUR_MS })
      })
    }
  },
  {
    name: 'verify',
    description:
      'Recomputes the whole log from its stored bytes, and says whether it is as it was signed. It takes seconds to minutes.',
    inputSchema: { type: 'object', properties: {} },
    run: (reader) => reader.verify()
  }
]

function text(args: Arguments, name: string): string | undefined {
  const value = args[name]
  if (value === undefined || typeof value === 'string') return value
  if (typeof value === 'number') return String(value)
  throw new AuditError('bad_query', `${name} must be a text`)
}

function needed(args: Arguments, name: string): string {
  const value = text(args, name)
  if (value) return value
  throw new AuditError('bad_query', `${name} is needed, and is a text`)
}

function count(args: Arguments, name: string): number | undefined {
  const value = args[name]
  if (value === undefined) return undefined
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1) return value
  throw new AuditError('bad_query', `${name} must be a whole number from 1 on`)
}
