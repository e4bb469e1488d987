// Rooms: the folders of a package's `src`. A room imports only rooms that stand below it.
import type { Report } from './files.ts'
import type { ImportGraph } from './imports.ts'

/**
 * The rooms of each package that has some, from the top down. A folder within a room that is not
 * named belongs to its room. Files directly in `src` are entries: they import any room, and no room
 * imports them, unless the table names them as rooms of their own.
 */
const ROOMS: { readonly [folder: string]: readonly string[] } = {
  'packages/core': [
    'node/subjects',
    'node/keys',
    'node/worker',
    'node/watch',
    'node/intake',
    'node/spool',
    'node',
    'instrument',
    'log',
    'recording',
    'call/same-call',
    'call',
    'read',
    'wire',
    'delivery',
    'verify',
    'upkeep',
    'protocol',
    'protocol/readers',
    'journal',
    'policy',
    'protect',
    'retention',
    'anchors',
    'runtime',
    'record',
    'streams',
    'tlog',
    'base'
  ],
  'packages/journals/sqlite': [
    'copy',
    'retain',
    'erase',
    'access',
    'read',
    'index',
    'keys',
    'store',
    'encryption',
    'driver'
  ],
  'packages/journals/file': ['upkeep', 'source', 'journal', 'subjects', 'format'],
  'packages/journals/postgres': ['upkeep', 'read', 'engine', 'index', 'store', 'connection'],
  'packages/exporters/s3': ['write', 'read', 'tree', 'format', 'bucket'],
  'packages/exporters/clickhouse': ['export', 'read', 'store', 'connection'],
  'packages/exporters/otlp': ['in', 'out', 'send', 'base'],
  'packages/testing': ['bench', 'suites', 'conservation', 'fakes', 'fixtures'],
  'packages/slm-audit': [
    'commands',
    'mcp',
    'export',
    'create-audit-log.ts',
    'policy',
    'config',
    'console',
    'audit-log-options.ts',
    'database-options.ts',
    'doctor',
    'render',
    'terminal.ts',
    'base'
  ]
}

/** Reports imports that lead upwards, and rooms that the table lacks. */
export function checkRooms(graph: ImportGraph, report: Report): void {
  for (const [file, imports] of graph) {
    const from = placeOf(file)
    if (from === undefined) continue
    if (from.floor === undefined) {
      report(file, `its room is not in the table of scripts/rules/rooms.ts: give it a floor there`)
      continue
    }
    for (const { path } of imports) {
      const to = path === undefined ? undefined : placeOf(path)
      if (to?.floor === undefined || to.folder !== from.folder || to.floor >= from.floor) continue
      report(file, `imports ${path}, but ${from.room} stands below ${to.room}`)
    }
  }
}

/** Where a file stands in its package. */
interface Place {
  readonly folder: string
  readonly room: string
  /** 0 for entries, then 1 for the uppermost room; `undefined` when the table lacks the room. */
  readonly floor: number | undefined
}

/** The place of a source file of a package that has rooms; of others `undefined`. */
function placeOf(file: string): Place | undefined {
  const [, folder = '', path = ''] = /^(packages\/.+?)\/src\/(.+)$/.exec(file) ?? []
  const rooms = ROOMS[folder]
  if (rooms === undefined) return undefined
  const room = rooms
    .filter((name) => path === name || path.startsWith(`${name}/`))
    .sort((one, other) => other.length - one.length)[0]
  if (room !== undefined) return { folder, room, floor: rooms.indexOf(room) + 1 }
  if (!path.includes('/')) return { folder, room: 'an entry', floor: 0 }
  return { folder, room: path.slice(0, path.lastIndexOf('/')), floor: undefined }
}
