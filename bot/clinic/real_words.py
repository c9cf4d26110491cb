"""Everyday English words that are one slip away from a word of an emergency, and never meant as one.

"while" is not "white", "heard" is not "heart". Made by asking the vocabulary of data/recovery.yaml for every
frequent English word; a test holds the commonest.
"""

from __future__ import annotations

_LIST = (
    "abort abound agent alice alike alter ardent arena arenas arias backed backing barrie batter beaming "
    "bearing beater became bette betting bitter blanche bland blank blaster blend bling block blocker blocking "
    "blond bloody bloom blows blush boating boeing bowing branched branching breach breaching breadth breather "
    "bring brink brood brown bugger bugging burton burying butter camry carey carly catchy cello change changer "
    "changes channing chanted chanting charged charging cheat check checks cheeky cheer cheers chess childs "
    "chilli chilly chose cleanly clone cloned clones cloning closer closest closet closets cloud cloves confuse "
    "confuses contract cooked cooking crashing craze creamy creek creeks crest crush crusty curry cushing "
    "decrees delicious discharged doable doing doubles doubly doubted drool drooling dropping drops drying "
    "dusty exits exploring fanny feeding fewer flashed flattering flint flown flushing froze fueling funky "
    "gaping glowing grasping greet greta groping gunna harden harding harper hating haunt haven havens havin "
    "heals healy heaps heard hears hearst hearth hearty herds hunting hunts hurling hurst incense issuer keller "
    "lager lanes large laser latex latter layer lease likes liking lined linen liner liners linger lining links "
    "linus liter lived livin locking locks loner longed lookin looming looms looping loops loosing looting "
    "loving marbles master mater mather matte matteo milly month movin mowing needled newer norma norman noting "
    "outsider paine paint paints pairs passer passes pasted patched paused pausing pawns peking phoned phony "
    "pictured pissed pissing pitch pitches plains pointe pointy poked poking priced pricey prick pricks pride "
    "prime prince princes print prize prizes prone property puffs purse quack quiet quirk quits quote rabid "
    "raced racer racers racking racks rages raging raided rained raise raises raising rally raped rapes raping "
    "rating raving realty redress reilly riding risking ruining runnin saving scams scans scars scots sears "
    "seeding seeking seeming selling sells sever severn sewing shading shaming shaping sharing shell shelled "
    "shelling shells shipping ships shirt shoot shopped shopping shore shorty shots shoulda shout shoving sighs "
    "sipping skies skins slabs slider slipping slips slots smell smelled smelling smells smiled smiley sneak "
    "snort soaking spear speck spell spelled spelling spicer spits spitting sport sports spurred stabs stairs "
    "stare stares stark starr start stats stays steak steaks stepped stepping stirs stoke stole stomping "
    "stopper strand stranger strangle stream streaming streams strike superb supper sweeping swore talking "
    "taping taxing thank thier thine thing thorough though threat three thrown torch touchy tough trace traces "
    "tract tracts tracy trick tricks troubled trough truck trucks tuned tuning turing turks turner unbeatable "
    "usable waited wards wasted weirdo wheeling while whine whyte woods workin works worlds worms worsen worthy "
    "write "
)
REAL_WORDS = frozenset(_LIST.split())
