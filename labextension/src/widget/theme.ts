/** The colours of frontends that do not have JupyterLab's. */

/** Mark a node that will not find them on this page; `style/widget.css` says what it gets. */
export function adoptColours(node: HTMLElement): void {
  const has = getComputedStyle(document.body).getPropertyValue('--jp-layout-color1') !== '';
  node.classList.toggle('nbc-elsewhere', !has);
  const isDark =
    document.body.classList.contains('vscode-dark') ||
    document.documentElement.getAttribute('theme') === 'dark' ||
    (!document.body.classList.contains('vscode-light') &&
      window.matchMedia('(prefers-color-scheme: dark)').matches);
  node.classList.toggle('nbc-dark', !has && isDark);
}
