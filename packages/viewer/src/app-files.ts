/** Texts of the page by their paths below the viewer's base. */
export type AppFiles = { readonly [path: string]: string }

/**
 * The files of the page, for the viewer itself. In the workspace they are built when they are asked for first;
 * the package has them in place of this module, so that a bundler takes them along as it takes code.
 */
export async function appFiles(): Promise<AppFiles> {
  const script = new URL('../build-app.ts', import.meta.url).href
  const { buildApp } = (await import(script)) as { buildApp(): Promise<{ files: AppFiles }> }
  return (await buildApp()).files
}
