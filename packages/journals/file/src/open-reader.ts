import * as nodeFiles from 'node:fs'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { nodeSha256 } from '@slm-audit/core/node'
import {
  type ExporterStatus,
  guardReader,
  type Reader,
  walkingReader
} from '@slm-audit/core/reader'
import { isTakingOut, MANIFEST } from './format/layout.ts'
import { ExporterCursors, exporterNames } from './journal/exporter-cursors.ts'
import { type LogSourceOptions, openSource } from './open-log-source.ts'
import type { LogSource } from './source/source.ts'
import { storedUsers } from './subjects/stored-users.ts'
import { accessTo } from './upkeep/record-access.ts'

/** Options of `openFileReader`. */
export interface FileReaderOptions extends LogSourceOptions {
  /** Whether what is listed is about to be exported; false unless given. */
  readonly isExport?: boolean
  /** Whether reads are recorded in a log that does not ask for that, too; false unless given. */
  readonly isAudited?: boolean
}

/**
 * Opens a reader of a log in files, as `openLogSource` opens the log; writers go on meanwhile. There is no index: the first question
 * reads all files, and what filters look at is held in memory. Rejects as `openLogSource`, and with AuditError `denied`.
 */
export async function openFileReader(
  path: string,
  { access: asked, isExport = false, isAudited = false, ...options }: FileReaderOptions = {}
): Promise<Reader> {
  const { access, record } = await accessTo(path, asked, options.identities ?? [], isAudited)
  const files = new Files(path, options)
  await files.source()
  const reader = walkingReader(
    {
      async *records(fromIndex) {
        const source = await files.source()
        if (fromIndex < source.size) yield* source.records(fromIndex)
      },
      generation: () => generationOf(path),
      meant: (filter) => storedUsers(path, filter),
      whyEncrypted: (key) => files.whyEncrypted(key),
      async proofs() {
        const { readTile, checkpoints } = await files.source()
        return { readTile, checkpoints: checkpoints() }
      },
      verify: async (asks) => await (await files.source()).verify(asks),
      exporters: async () => exportersOf(path, (await files.source()).size)
    },
    nodeSha256
  )
  const isWhole = access.contents === 'whole' && access.until === undefined
  if (isWhole && !record) return reader
  return guardReader(reader, { access, isExport, ...(record && { record }) })
}

/** The log at a path, opened again once its files are other ones. */
class Files {
  readonly #path: string
  readonly #options: LogSourceOptions
  #newest: LogSource | undefined
  #open: { readonly mark: string; readonly source: Promise<LogSource> } | undefined

  constructor(path: string, options: LogSourceOptions) {
    this.#path = path
    this.#options = options
  }

  /** As `LogSource.whyEncrypted` of what was read last. */
  whyEncrypted(key: string): string | undefined {
    return this.#newest?.whyEncrypted?.(key)
  }

  source(): Promise<LogSource> {
    const mark = markOf(this.#path)
    if (this.#open?.mark !== mark) {
      const source = openSource(this.#path, this.#options).then((opened) => {
        this.#newest = opened
        return opened
      })
      this.#open = { mark, source }
    }
    return this.#open.source
  }
}

/** Erasures and retention replace the manifest, which writers only add to; while one goes on nothing that was read counts. */
function generationOf(path: string): string {
  if (isTakingOut(path)) return `taking out ${performance.now()}`
  const found = statSync(join(path, MANIFEST), { throwIfNoEntry: false })
  return `${found?.ino} ${found?.birthtimeMs}`
}

/** The names and sizes of what a log's records and checkpoints are in. */
function markOf(path: string): string {
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) return ''
  const names = readdirSync(path).filter((name) => /^(records-|manifest|checkpoints)/.test(name))
  const sizes = names.map((name) => {
    const at = join(path, name)
    // A link to itself has no size, and is not there.
    const found = existsSync(at) ? statSync(at, { throwIfNoEntry: false }) : undefined
    return `${name} ${found?.size}`
  })
  return sizes.join('\n')
}

function exportersOf(path: string, size: number): ExporterStatus[] {
  if (!statSync(path).isDirectory()) return []
  const cursors = new ExporterCursors(path, nodeFiles, false)
  return exporterNames(path).flatMap((name) => {
    const state = cursors.load(name)
    if (!state) return []
    return [{ ...state, name, lag: size - state.next, setAside: cursors.setAside(name) }]
  })
}
