import {
  AuditError,
  createAuditLog,
  type Journal,
  type Review,
  type Reviews
} from '@slm-audit/core'
import { userName } from '@slm-audit/core/node'
import { listReviews, sqliteJournal } from '@slm-audit/sqlite'
import type { Command } from 'commander'
import { isLogAddress } from '../../base/log-address.ts'
import { visibleJson, visibleList } from '../../render/columns.ts'
import { renderReviews } from '../../render/reviews.ts'
import type { Terminal } from '../../terminal.ts'
import {
  existingFile,
  existingLog,
  isDirectory,
  type ReadOptions,
  readOptions
} from '../with-reader.ts'

interface Options extends ReadOptions {
  readonly as?: string
  readonly note?: string
}

/** `slm-audit review`: what waits for a person's approval before it is sent. */
export function addReview(program: Command, terminal: Terminal): void {
  const review = program
    .command('review')
    .description('what waits for a person’s approval before it is sent')
  addList(review, terminal)
  addDecision(review, terminal, 'approve', 'lets the call be made that waits for it, once')
  addDecision(review, terminal, 'reject', 'has the call denied that waits for it')
}

function addList(review: Command, terminal: Terminal): void {
  const command = review
    .command('list')
    .description(
      'reviews that have not expired, oldest first; slm-audit show CALL has what is to be sent'
    )
  readOptions(command).action(async (options: Options) => {
    const all = await reviewsIn(reviewedLog(options))
    // The salt would let people try out texts against the digest.
    const shown = all.map(({ salt: _, ...one }) => one)
    if (options.json) terminal.print(visibleList(shown))
    else if (shown.length > 0) terminal.print(renderReviews(all, terminal))
    else terminal.print(terminal.style('dim', 'No review is open.'))
  })
}

function addDecision(
  review: Command,
  terminal: Terminal,
  verb: 'approve' | 'reject',
  says: string
): void {
  const command = review
    .command(verb)
    .description(says)
    .argument('<id>', 'as slm-audit review list names it')
    .option('--note <text>', 'what you say of it; it is kept with the decision')
  readOptions(command).action(async (id: string, options: Options) => {
    const { note, as: by = userName() } = options
    const deciding = { by, ...(note !== undefined && { note }) }
    await withReviews(options, (reviews) => reviews[verb](id, deciding))
    const decision = verb === 'approve' ? 'approved' : 'rejected'
    if (options.json) terminal.print(visibleJson({ id, decision, ...deciding }))
    else terminal.print(`${id} is ${decision} by ${by}.`)
  })
}

/** Decisions are records, so that a log is opened for them. */
async function withReviews<T>(options: Options, run: (reviews: Reviews) => Promise<T>): Promise<T> {
  const journal = await journalOf(reviewedLog(options), options)
  await using log = createAuditLog({ journal })
  return await run(log.reviews)
}

async function reviewsIn(file: string): Promise<readonly Review[]> {
  if (!isDirectory(file)) return await listReviews(file)
  const files = await import('@slm-audit/file')
  return await files.listReviews(file)
}

async function journalOf(file: string, { identity }: Options): Promise<Journal> {
  if (!isDirectory(file)) return await sqliteJournal({ file })
  const { fileJournal, readIdentities } = await import('@slm-audit/file')
  const identities = identity === undefined ? {} : { identities: readIdentities(identity) }
  return await fileJournal({ directory: file, ...identities })
}

function reviewedLog(options: Options): string {
  const file = existingFile(options)
  if (!isLogAddress(file)) return existingLog(options)
  throw new AuditError(
    'bad_option',
    'reviews of a log in PostgreSQL are decided by the application, with log.reviews.list, approve and reject; slm-audit review takes a database or a directory'
  )
}
