/** The name and version that records carry; the version is that of package.json (tested). */
export const sdk = { name: 'slm-audit', version: '0.1.0' } as const
