-- A motorbike courier in Indonesian villages, on OSRM's own car profile.
--
-- Built by `antar roads build`, with OSRM's profile folder in LUA_PATH. Reviewed 2026-11-21 against the tags of OSM
-- extracts; a change here makes a new dataset, because the dataset's id holds this file's hash.
--
-- What differs from a car:
--   * never on a motorway or a road for motor cars only (toll roads are closed to motorbikes), unless tagged for them;
--   * village lanes, tracks and paths are roads, slowly; bollards, kerbs and narrow gaps are no obstacle;
--   * a speed limit only ever slows down: on a village road it is a permission, not a promise;
--   * the way back from a stop may be the way that led there (a village office has a yard);
--   * weight = time, so that a matrix and a route over the same points agree.
--
-- Speeds are km/h averaged over bends, villages and traffic, not what a rider may touch. They are the shipped guess of
-- a regency without measurements; `antar roads calibrate` shows how far confirmed runs are from them.

local base = require("car")
Set = require("lib/set")
Sequence = require("lib/sequence")

local highway_speed = {
  trunk = 50, trunk_link = 35,
  primary = 45, primary_link = 30,
  secondary = 40, secondary_link = 25,
  tertiary = 35, tertiary_link = 25,
  unclassified = 28,
  residential = 24,
  road = 20,
  living_street = 15,
  service = 15,
  track = 14,
  path = 10,
}

-- closed to motorbikes unless `motorcycle` says otherwise (the lane beside the Bali Mandara toll road does)
local cars_only = Set { "motorway", "motorway_link" }
local opened = Set { "yes", "designated", "permissive" }

local function setup()
  local profile = base.setup()

  profile.properties.weight_name = "duration"
  profile.properties.continue_straight_at_waypoint = false
  profile.properties.u_turn_penalty = 8
  profile.turn_penalty = 5
  profile.default_speed = 10

  profile.speeds = Sequence { highway = highway_speed }
  profile.vehicle_max_speed = 50

  profile.access_tags_hierarchy = Sequence { "motorcycle", "motor_vehicle", "vehicle", "access" }
  profile.access_tag_whitelist["motorcycle"] = true
  profile.restrictions = Sequence { "motorcycle", "motor_vehicle", "vehicle" }

  profile.vehicle_height = 1.8
  profile.vehicle_width = 0.9
  profile.vehicle_length = 2.1
  profile.vehicle_weight = 250

  for _, passable in ipairs { "bollard", "block", "kerb", "cycle_barrier" } do
    profile.barrier_whitelist[passable] = true
  end
  profile.barrier_penalties = { gate = 15, lift_gate = 15 }

  profile.excludable = Sequence { Set { "toll" }, Set { "ferry" } }
  return profile
end

local function slower(speed, class_speed)
  return (speed > class_speed) and class_speed or speed
end

local function process_way(profile, way, result, relations)
  local highway = way:get_value_by_key("highway")
  if (highway and cars_only[highway]) or way:get_value_by_key("motorroad") == "yes" then
    if not opened[way:get_value_by_key("motorcycle") or "no"] then
      return
    end
  end

  base.process_way(profile, way, result, relations)

  local class_speed = highway and highway_speed[highway]
  if class_speed then
    result.forward_speed = slower(result.forward_speed, class_speed)
    result.backward_speed = slower(result.backward_speed, class_speed)
  end
end

return {
  setup = setup,
  process_way = process_way,
  process_node = base.process_node,
  process_turn = base.process_turn,
}
