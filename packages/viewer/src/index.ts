export { auditViewer, type ReaderSource, type ViewerOptions } from './server/audit-viewer.ts'
export { type ServedViewer, type ServeOptions, serveViewer } from './server/serve-viewer.ts'
