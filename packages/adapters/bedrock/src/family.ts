import type { Protocol } from '@slm-audit/core/adapter'

/** How the stream of one family of models is folded. */
export type Family = Pick<Protocol, 'start' | 'step' | 'finish'>
