import type { PendingRetention } from '@slm-audit/core/journal'
import { PendingWork } from '../store/upkeep/pending-work.ts'

/** The run of retention of a log. */
export const RETAINING = new PendingWork<PendingRetention>('retaining')
