import type { CursorChange, Cursors, ExporterState, SetAside } from '../../journal/cursors.ts'

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

/** Where a worker's engine keeps its exporters' cursors, and which of them somebody holds. */
export interface EngineCursors {
  /** Takes an exporter for a holder; false where another has it. */
  claim(name: string, holder: string): boolean | Promise<boolean>
  /** Gives an exporter back that this holder has. */
  release(name: string, holder: string): void | Promise<void>
  /** What is stored of an exporter's place; `undefined` for one that is new. */
  load(name: string): ExporterState | undefined | Promise<ExporterState | undefined>
  /** Records that an exporter refused for good. */
  setAside(name: string): readonly SetAside[] | Promise<readonly SetAside[]>
  /** False where the holder has it no more, or the state is not the one that it expects. */
  save(name: string, holder: string, change: CursorChange): boolean | Promise<boolean>
}

/** Answers a question in the worker. Throws, or rejects with, what the store throws. */
export function answerCursors(
  store: EngineCursors,
  question: CursorQuestion
): CursorAnswer | Promise<CursorAnswer> {
  const { name } = question
  switch (question.ask) {
    case 'claim':
      return store.claim(name, question.holder)
    case 'release':
      return released(store.release(name, question.holder))
    case 'load':
      return store.load(name)
    case 'setAside':
      return store.setAside(name)
    case 'save':
      return store.save(name, question.holder, question.change)
  }
}

async function released(released: void | Promise<void>): Promise<undefined> {
  await released
}
