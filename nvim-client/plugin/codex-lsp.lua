-- Works without setup(). Scheduled, so that a setup() call in the configuration comes first.
if vim.g.loaded_codex_lsp then
  return
end
vim.g.loaded_codex_lsp = true

if vim.fn.has('nvim-0.10') == 0 then
  vim.notify('codex-lsp: needs Neovim >= 0.10 (ghost text: >= 0.12)', vim.log.levels.WARN)
  return
end

vim.schedule(function()
  require('codex_lsp').start()
end)
