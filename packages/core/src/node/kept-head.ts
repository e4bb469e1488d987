import { createHash } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { AuditError, messageOf } from '../base/error.ts'
import { type Checkpoint, parseCheckpoint } from '../tlog/checkpoint.ts'
import { checkConsistency, type TreeHead } from '../tlog/proof.ts'
import { writeWholeFile } from './draft-file.ts'
import { nodeSha256 } from './signer.ts'

/** A signed checkpoint that was kept beside a log, and the file that it is in. */
export interface KeptCheckpoint {
  /** The file that holds it. */
  readonly path: string
  /** The signed note, as kept; absent where this process may not read the file. */
  readonly checkpoint?: string
}

/** The log whose heads are kept, as its journal knows it. */
export interface KeptLog {
  /** The database or folder of the log, without symbolic links. */
  readonly log: string
  /** The log's name. */
  readonly origin: string
  /** The log's newest key, as a verifier key. */
  readonly key: string | undefined
  /** The file of the private key, where there is one. */
  readonly keyFile?: string | undefined
  /** Whether the user's state folder is used; true unless given. */
  readonly stateFolder?: boolean | undefined
}

/**
 * The files that keep a log's newest signed head: `<key file>.head`, and one in the user's state
 * folder, named after the log's place, name and key. That folder is `$SLM_AUDIT_STATE_DIR`, else
 * `slm-audit` in `$XDG_STATE_HOME`, `%LOCALAPPDATA%` or `~/.local/state`.
 */
export function keptHeadPaths({ log, origin, key, keyFile, stateFolder }: KeptLog): string[] {
  const beside = keyFile === undefined ? [] : [`${keyFile}.head`]
  if (stateFolder === false || key === undefined) return beside
  const name = createHash('sha256').update(`${log}\n${origin}\n${key}`).digest('hex')
  return [...beside, join(stateRoot(), 'heads', `${name}.checkpoint`)]
}

function stateRoot(): string {
  const { SLM_AUDIT_STATE_DIR, XDG_STATE_HOME, LOCALAPPDATA } = process.env
  if (SLM_AUDIT_STATE_DIR) return SLM_AUDIT_STATE_DIR
  return join(XDG_STATE_HOME || LOCALAPPDATA || join(homedir(), '.local', 'state'), 'slm-audit')
}

/**
 * The heads that are kept at some paths; of a place that this process may not read, such as another user's, the path
 * alone. Throws the file system's error for a file that cannot be read otherwise.
 */
export function readKeptHeads(paths: readonly string[]): KeptCheckpoint[] {
  return paths.flatMap((path) => {
    try {
      // What is no file holds no head; a pipe would be waited for.
      return statSync(path).isFile() ? [{ path, checkpoint: readFileSync(path, 'utf8') }] : []
    } catch (cause) {
      if (isAbsent(cause)) return []
      if (isForbidden(cause)) return [{ path }]
      throw cause
    }
  })
}

/**
 * Puts a signed checkpoint at each path, on the disk when it returns. A place that this process may not
 * write is left out: a key is often mounted read-only, and an older head there goes on to be checked.
 */
export function keepHead(paths: readonly string[], checkpoint: string): void {
  for (const path of paths) {
    try {
      writeWholeFile(path, checkpoint)
    } catch (cause) {
      if (!isForbidden(cause)) throw cause
    }
  }
}

/**
 * Checks that a log continues each head that was kept of it.
 *
 * @param proof Gives the consistency proof from one size to another.
 * @throws AuditError `history_rewritten` for a log that is shorter, or that begins otherwise.
 */
export function checkKeptHeads(
  heads: readonly KeptCheckpoint[],
  origin: string,
  head: TreeHead,
  proof: (first: number, second: number) => Uint8Array[]
): void {
  for (const { path, checkpoint } of heads) {
    if (checkpoint === undefined) continue
    const kept = parsed(path, checkpoint)
    if (kept.origin !== origin) throw rewritten(path, `it is of the log ${kept.origin}`)
    if (kept.size > head.size) {
      throw rewritten(path, `the log had ${kept.size} records then, and has ${head.size}`)
    }
    try {
      checkConsistency(kept, head, proof(kept.size, head.size), nodeSha256)
    } catch (cause) {
      if (!AuditError.is(cause)) throw cause
      throw rewritten(path, `its first ${kept.size} records are not those of then`, cause)
    }
  }
}

/** Whether a log continues each head that was kept of it: `checkKeptHeads` without its reasons. */
export function continuesHeads(...check: Parameters<typeof checkKeptHeads>): boolean {
  try {
    checkKeptHeads(...check)
    return true
  } catch (error) {
    if (AuditError.is(error) && error.code === 'history_rewritten') return false
    throw error
  }
}

function parsed(path: string, checkpoint: string): Checkpoint {
  try {
    return parseCheckpoint(checkpoint)
  } catch (cause) {
    throw rewritten(path, `the file holds no checkpoint: ${messageOf(cause)}`, cause)
  }
}

function rewritten(path: string, why: string, cause?: unknown): AuditError {
  const message = `the log is not the one whose head was kept at ${path}: ${why}; run slm-audit verify and look who can write the log; if a backup was put back on purpose, move that file elsewhere`
  return new AuditError('history_rewritten', message, { cause })
}

function isAbsent(cause: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes(codeOf(cause))
}

function isForbidden(cause: unknown): boolean {
  return ['EACCES', 'EPERM', 'EROFS', 'ENOENT', 'ENOTDIR'].includes(codeOf(cause))
}

function codeOf(cause: unknown): string {
  return String((cause as NodeJS.ErrnoException | null)?.code)
}
