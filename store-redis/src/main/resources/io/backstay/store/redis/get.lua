-- What is under a key.
--
-- ARGV[2]  the key
--
-- Answers  'none', or 'entry', value, version, what is left of its lease in ms or '-'

local found, time = version(ARGV[2])
if found == 0 then
  return { 'none' }
end
local value = redis.call('HGET', values, ARGV[2])
if not value then
  return { 'none' }
end
return { 'entry', value, text(found), left(time) }
