/** What a regulation or a standard says of how long logs are kept. */
interface Bounds {
  readonly atLeast?: string
  readonly atMost?: string
  /** Where it stands, and what it is about. */
  readonly source: string
}

/**
 * Floors and ceilings to build classes on, by name. They are aids: which of them binds a log, and what
 * else does, its people decide.
 */
export const RETENTION_PRESETS = {
  'eu-ai-act': {
    atLeast: 'P6M',
    source:
      'Regulation (EU) 2024/1689, Articles 19(1) and 26(6): logs of high-risk systems, at least six months'
  },
  'pci-dss': {
    atLeast: 'P12M',
    source:
      'PCI DSS 4.0.1, 10.5.1: audit log history, twelve months, of which three are at hand (here all are)'
  },
  hipaa: {
    atLeast: 'P6Y',
    source: '45 CFR 164.316(b)(2)(i): documentation of the security rule, six years'
  },
  sox: {
    atLeast: 'P7Y',
    source: '17 CFR 210.2-06: records of audits and reviews, seven years'
  },
  'mifid-2': {
    atLeast: 'P5Y',
    source: 'Directive 2014/65/EU, Article 16(7): records of communications, five years'
  },
  cnil: {
    atLeast: 'P6M',
    atMost: 'P1Y',
    source:
      'CNIL, recommendation on logging (deliberation 2021-122): as a rule from six months to one year'
  }
} as const satisfies { readonly [name: string]: Bounds }
