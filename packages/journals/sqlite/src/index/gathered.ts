import type { Database } from '../driver/database.ts'
import { FacetCounts } from './facet-counts.ts'
import { Leads } from './leads.ts'
import { Rollups } from './rollups.ts'
import { Spans } from './spans.ts'
import { Traits } from './traits.ts'

/** What a step of indexing gathers in memory beside the rows of calls, to write it once at its end. */
export class Gathered {
  readonly facets: FacetCounts
  readonly rollups: Rollups
  readonly spans: Spans
  readonly leads: Leads
  readonly traits: Traits

  constructor(index: Database) {
    this.facets = new FacetCounts(index)
    this.rollups = new Rollups(index)
    this.spans = new Spans(index)
    this.leads = new Leads(index)
    this.traits = new Traits(index)
  }

  /** Writes it, in the transaction of the step. */
  flush(): void {
    this.facets.flush()
    this.rollups.flush()
    this.spans.flush()
  }

  /** Begins anew: what an earlier step gathered that failed is not of the next one. */
  clear(): void {
    this.facets.clear()
    this.rollups.clear()
    this.spans.clear()
    this.leads.clear()
    this.traits.clear()
  }
}
