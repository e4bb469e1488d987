import type { Command } from 'commander'
import type { Terminal } from './terminal.ts'

/** Adds a command to the program; `finish` hears of an exit code that is not 0. */
export type AddCommand = (
  program: Command,
  terminal: Terminal,
  finish: (exitCode: number) => void
) => void

/** The commands in the order of help. Each is loaded when it is asked for, with what it needs. */
export const COMMANDS: { readonly [name: string]: () => Promise<AddCommand> } = {
  list: async () => (await import('./commands/list.ts')).addList,
  show: async () => (await import('./commands/show.ts')).addShow,
  search: async () => (await import('./commands/search.ts')).addSearch,
  ui: async () => (await import('./commands/ui.ts')).addUi,
  tail: async () => (await import('./commands/tail.ts')).addTail,
  sessions: async () => (await import('./commands/insight/sessions.ts')).addSessions,
  session: async () => (await import('./commands/insight/session.ts')).addSession,
  compare: async () => (await import('./commands/insight/compare.ts')).addCompare,
  replay: async () => (await import('./commands/replay/replay.ts')).addReplay,
  set: async () => (await import('./commands/replay/set.ts')).addSet,
  stats: async () => (await import('./commands/insight/stats.ts')).addStats,
  annotate: async () => (await import('./commands/annotations/annotate.ts')).addAnnotate,
  incident: async () => (await import('./commands/annotations/incident.ts')).addIncident,
  anomalies: async () => (await import('./commands/insight/anomalies.ts')).addAnomalies,
  mcp: async () => (await import('./commands/mcp.ts')).addMcp,
  doctor: async () => (await import('./commands/insight/doctor.ts')).addDoctor,
  verify: async () => (await import('./commands/verify.ts')).addVerify,
  prove: async () => (await import('./commands/prove.ts')).addProve,
  'verify-proof': async () => (await import('./commands/verify-proof.ts')).addVerifyProof,
  export: async () => (await import('./commands/export.ts')).addExport,
  import: async () => (await import('./commands/import.ts')).addImport,
  copy: async () => (await import('./commands/admin/copy.ts')).addCopy,
  segments: async () => (await import('./commands/admin/segments.ts')).addSegments,
  query: async () => (await import('./commands/insight/query.ts')).addQuery,
  expire: async () => (await import('./commands/admin/expire.ts')).addExpire,
  roles: async () => (await import('./commands/admin/roles.ts')).addRoles,
  rekey: async () => (await import('./commands/admin/rekey.ts')).addRekey,
  erase: async () => (await import('./commands/admin/erase.ts')).addErase,
  retention: async () => (await import('./commands/admin/retention.ts')).addRetention,
  evidence: async () => (await import('./commands/admin/evidence.ts')).addEvidence,
  hold: async () => (await import('./commands/admin/hold.ts')).addHoldCommand,
  redact: async () => (await import('./commands/admin/redact.ts')).addRedact,
  compact: async () => (await import('./commands/admin/compact.ts')).addCompact,
  reindex: async () => (await import('./commands/reindex.ts')).addReindex,
  exporters: async () => (await import('./commands/exporters.ts')).addExporters,
  'replay-export': async () => (await import('./commands/replay-export.ts')).addReplayExport,
  policy: async () => (await import('./commands/policy.ts')).addPolicy,
  review: async () => (await import('./commands/admin/review.ts')).addReview,
  key: async () => (await import('./commands/key.ts')).addKey,
  signer: async () => (await import('./commands/signer.ts')).addSigner,
  witness: async () => (await import('./commands/witness.ts')).addWitness,
  completion: async () => (await import('./commands/completion.ts')).addCompletion
}
