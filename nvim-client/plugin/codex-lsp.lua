-- Works without setup(). Scheduled, so that a setup() call in the configuration comes first.
if vim.g.loaded_codex_lsp then
  return
end
vim.g.loaded_codex_lsp = true

if vim.fn.has('nvim-0.10') == 0 then
  vim.notify('codex-lsp: needs Neovim >= 0.10 (ghost text: >= 0.12)', vim.log.levels.WARN)
  return
end

vim.api.nvim_create_user_command('CodexLsp', function(args)
  require('codex_lsp.command').run(args)
end, {
  nargs = '+',
  range = true,
  desc = 'Ask codex-lsp for tests, a solution, a docstring and the like',
  complete = function(lead, line)
    return require('codex_lsp.command').complete(lead, line)
  end,
})

vim.schedule(function()
  require('codex_lsp').start()
end)
