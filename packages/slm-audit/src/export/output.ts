import { closeSync, constants, openSync } from 'node:fs'
import { messageOf } from '@slm-audit/core/journal'
import { createDraftFile, writeAll } from '@slm-audit/core/node'
import { AuditError } from '@slm-audit/core/reader'
import type { Terminal } from '../terminal.ts'
import { chooseDestination } from './destination.ts'

/** Where an export goes. */
export interface Output {
  /** Adds to it. Throws AuditError `export_failed` where it cannot be written. */
  write(part: string | Uint8Array): void
  /** What was written counts. */
  finish(): void
  /** As `finish`, while others are written. */
  settle(): Promise<void>
  /** Nothing that was written counts. */
  discard(): void
}

/** What names standard output. */
const STANDARD_OUTPUT = ['-', '/dev/stdout', '/dev/fd/1', '/proc/self/fd/1']

/** Whether `--out` names a file that others can stand beside. */
export function isFilePath(path: string | undefined): path is string {
  return path !== undefined && !STANDARD_OUTPUT.includes(path)
}

/**
 * Opens what `--out` names. A file is there whole or not at all, and only its owner can read it; a
 * device or a pipe is written to and stays what it is; `-` is standard output. Throws AuditError
 * `bad_option` for what must not be replaced: the log itself, a folder, a link of another user.
 *
 * @param option The option that names the path, for error texts.
 * @param log The log that is read, a database or a folder.
 */
export function openOutput(
  option: string,
  path: string,
  log: string | undefined,
  terminal: Terminal
): Output {
  if (!isFilePath(path)) return printedOutput(terminal)
  const { file, isReplaced } = chooseDestination(option, path, log)
  return isReplaced ? fileOutput(path, file) : streamOutput(path, file)
}

/** Writes a small file whole, by the rules of `openOutput`. */
export function writeOutput(
  option: string,
  path: string,
  content: string | Uint8Array,
  log: string | undefined,
  terminal: Terminal
): void {
  const output = openOutput(option, path, log, terminal)
  try {
    output.write(content)
    output.finish()
  } catch (error) {
    output.discard()
    throw error
  }
}

/** Thrown by standard output that nobody reads any more: the rest need not be made. */
export const OUTPUT_GONE = new AuditError('closed', 'nobody reads the output any more')

/** Standard output. */
export function printedOutput(terminal: Terminal): Output {
  return {
    write: (part) => {
      if (terminal.isGone) throw OUTPUT_GONE
      terminal.write(part)
    },
    finish: () => undefined,
    settle: async () => undefined,
    discard: () => undefined
  }
}

function fileOutput(path: string, file: string): Output {
  const draft = explained(path, () => createDraftFile(file))
  return {
    write: (part) => explained(path, () => draft.write(part)),
    finish: () => explained(path, () => draft.keep()),
    settle: () => draft.settle().catch((cause: unknown) => Promise.reject(unwritten(path, cause))),
    discard: () => draft.discard()
  }
}

/** A device, a pipe or a terminal: nothing is made, cut or replaced. */
function streamOutput(path: string, file: string): Output {
  const handle = explained(path, () => openSync(file, constants.O_WRONLY))
  let isOpen = true
  const close = (): void => {
    if (isOpen) closeSync(handle)
    isOpen = false
  }
  return {
    write: (part) => explained(path, () => writeAll(handle, part)),
    finish: close,
    settle: async () => close(),
    discard: close
  }
}

function explained<T>(path: string, run: () => T): T {
  try {
    return run()
  } catch (cause) {
    throw unwritten(path, cause)
  }
}

function unwritten(path: string, cause: unknown): AuditError {
  const message = `${path} cannot be written (${messageOf(cause)}); check the folder, its permissions and the room on the disk`
  return new AuditError('export_failed', message, { cause })
}
