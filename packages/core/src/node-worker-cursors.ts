import type { CursorChange, Cursors, ExporterState, SetAside } from './cursors.ts'

/** A question about one exporter, as it travels to the worker. */
export type CursorQuestion = { readonly name: string } & (
  | { readonly ask: 'claim' | 'release'; readonly holder: string }
  | { readonly ask: 'load' | 'setAside' }
  | { readonly ask: 'save'; readonly holder: string; readonly change: CursorChange }
)

/** What the worker answers. */
export type CursorAnswer = boolean | ExporterState | readonly SetAside[] | undefined

/** The cursors of a journal whose worker answers the questions. */
export function workerCursors(ask: (question: CursorQuestion) => Promise<unknown>): Cursors {
  return {
    isDurable: true,
    claim: async (name, holder) => (await ask({ ask: 'claim', name, holder })) === true,
    async release(name, holder) {
      await ask({ ask: 'release', name, holder })
    },
    load: async (name) => (await ask({ ask: 'load', name })) as ExporterState | undefined,
    save: async (name, holder, change) =>
      (await ask({ ask: 'save', name, holder, change })) === true,
    setAside: async (name) => (await ask({ ask: 'setAside', name })) as readonly SetAside[]
  }
}
