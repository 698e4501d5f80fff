---@brief Keys for ghost text. A key does what it did before wherever no ghost text is shown.

local ghost_text = require('codex_lsp.ghost_text')

local M = {}

local FALLBACK = '<Plug>(codex-lsp-accept-fallback)'

---@param mappings table[] As nvim_get_keymap() gives them.
---@param key string
---@return table?
local function mapping_of(mappings, key)
  local raw = vim.keycode(key)
  for _, mapping in ipairs(mappings) do
    if (mapping.lhsraw or vim.keycode(mapping.lhs)) == raw or mapping.lhsrawalt == raw then
      return mapping
    end
  end
end

--- Makes FALLBACK do what `key` does without us: a mapping of this buffer, a global one, or the bare key.
---@param buf integer
---@param key string
---@param of_buffer? table The mapping the buffer had before ours.
local function renew_fallback(buf, key, of_buffer)
  -- Looked up at each press: completion plugins often map Tab after the client has attached.
  local mapping = of_buffer or mapping_of(vim.api.nvim_get_keymap('i'), key)
  if not mapping then
    vim.keymap.set('i', FALLBACK, key, { buffer = buf })
    return
  end
  local copy = vim.tbl_extend('force', mapping, { lhs = FALLBACK, buffer = 1 })
  copy.lhsraw, copy.lhsrawalt = vim.keycode(FALLBACK), nil
  vim.fn.mapset('i', false, copy)
end

---@return boolean
local function is_menu_item_selected()
  return vim.fn.pumvisible() == 1 and vim.fn.complete_info({ 'selected' }).selected >= 0
end

---@param buf integer
---@param key string
local function map_accept(buf, key)
  local of_buffer = mapping_of(vim.api.nvim_buf_get_keymap(buf, 'i'), key)
  if of_buffer and of_buffer.desc == 'codex-lsp: accept' then
    return
  end
  vim.keymap.set('i', key, function()
    renew_fallback(buf, key, of_buffer)
    if not is_menu_item_selected() then
      local accepted = ghost_text.accept(function()
        vim.api.nvim_feedkeys(vim.keycode(FALLBACK), 'im', false)
      end)
      if accepted then
        return ''
      end
    end
    return FALLBACK
  end, { buffer = buf, expr = true, remap = true, desc = 'codex-lsp: accept' })
end

---@param buf integer
---@param keys codex_lsp.Keys
function M.map(buf, keys)
  if keys.accept then
    map_accept(buf, keys.accept)
  end
  for name, count in pairs({ next = 1, previous = -1 }) do
    if keys[name] then
      vim.keymap.set('i', keys[name], function()
        vim.lsp.inline_completion.select({ bufnr = buf, count = count })
      end, { buffer = buf, desc = 'codex-lsp: ' .. name .. ' candidate' })
    end
  end
end

return M
